import fc from 'fast-check'
import { LinkifyIt } from 'linkify-it'
import tlds from 'tlds' with { type: 'json' }
import { describe, expect, test } from 'vitest'
import { createComposer } from '../../src/emails/compose.ts'
import type { Notified as News } from '../../src/emails/notified.ts'
import { notification } from '../../src/emails/types/notification.ts'
import type { EventData } from '../../src/events/define.ts'
import { fitting, plain, SUMMARY } from '../../src/lib/plain.ts'

const context = {
  pioneerUrl: 'https://pioneer.example',
  emailMaxAgeMs: 1,
  emailSender: 'Pioneer <notifications@example.org>',
}
const composeLetter = await createComposer(context)
const compose = (news: News) => composeLetter(notification.compose(news, context))
const samples = notification.samples().map(({ content }) => content as News)
const sampleOf = (eventType: string, kind: string): News => {
  const found = samples.find((news) => news.eventType === eventType && news.kind === kind)
  if (!found) throw new Error(`There is no sample of ${eventType}, ${kind}`)
  return found
}

const linkify = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: true, fuzzyIP: true, urlAuth: true, tlds })
const linksIn = (text: string) => (linkify.match(text) ?? []).map(({ raw }) => raw)

test.each([
  ['https://example.org/a?b=c', 'https[://]example[.]org/a?b=c'],
  ['HTTPS://EVIL.COM', 'HTTPS[://]EVIL[.]COM'],
  ['ftp://1.2.3.4', 'ftp[://]1[.]2[.]3[.]4'],
  ['http://localhost:3000', 'http[://]localhost:3000'],
  ['https://user:pw@evil.com', 'https[://]user:pw[@]evil[.]com'],
  ['https:/evil.com', 'https[:/]evil[.]com'],
  ['https:evil.com', 'https[:]evil[.]com'],
  ['//evil.com', '//evil[.]com'],
  ['//localhost/x', '[//]localhost/x'],
  ['www.evil.notatld', 'www[.]evil.notatld'],
  ['evil.xyz', 'evil[.]xyz'],
  ['“evil.com”', '“evil[.]com”'],
  ['#evil.com', '#evil[.]com'],
  ['[evil.com](evil.com)', '[evil[.]com](evil[.]com)'],
  ['пример.рф', 'пример[.]рф'],
  ['xn--80ak6aa92e.xn--p1ai', 'xn--80ak6aa92e[.]xn--p1ai'],
  ['bob@example.org', 'bob[@]example[.]org'],
  ['mailto:bob@localhost', 'mailto[:]bob[@]localhost'],
  ['bob@[1.2.3.4]', 'bob[@][1[.]2[.]3[.]4]'],
])('%s is shown as %s', (text, shown) => {
  expect(plain(text)).toBe(shown)
  expect(plain(shown)).toBe(shown)
  expect(linksIn(shown)).toEqual([])
})

test.each(['Ask @bob, e.g. at 10:30.', 'Node.js v1.2 costs 1,000.50 JOY', 'a//b', 'One. Two: three', '50% of 20%'])(
  '%s has no link and stays as it is',
  (text) => {
    expect(plain(text)).toBe(text)
  },
)

test('whatever is put together from parts of links, none is left', () => {
  const part = fc.constantFrom(
    'https',
    ':',
    '/',
    '//',
    '.',
    '@',
    'com',
    'xyz',
    'a',
    '1',
    'www',
    '[',
    ']',
    'mailto',
    ' ',
    '-',
    '%',
    '"',
    'é',
    '_',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
      expect(linksIn(plain(parts.join('')))).toEqual([])
    }),
    { numRuns: 5_000, examples: [[['%', '.', 'xyz', '%']]] },
  )
})

test('a placeholder of Mailgun looks the same and is none', () => {
  for (const placeholder of ['%recipient%', '%recipient.fname%', '%unsubscribe_url%', '%recipient%recipient%']) {
    const shown = plain(`Dear ${placeholder}!`)
    expect(shown).not.toMatch(/%[\w.-]+%/)
    expect(shown.replaceAll('\u2060', '').replaceAll('[.]', '.')).toBe(`Dear ${placeholder}!`)
  }
})

describe.each(samples.map((news) => [`${news.eventType}, ${news.kind}`, news] as const))('%s', (_, news) => {
  test('contains the links of this service only, and no placeholder, whatever members wrote', () => {
    const attack = ' https://evil.com/a evil.xyz www.evil.foo eve@evil.com %recipient% -name- {{name}}'
    const { subject, html, text } = compose({ ...news, name: `bob${attack}`, data: withAdded(attack, news.data) })
    expect(linksIn(subject)).toEqual([])
    const visible = html.replace(/<!--.*?-->|<style.*?<\/style>/gs, '').replace(/<[^>]*>/g, '\n')
    for (const part of [text, visible]) {
      expect(linksIn(part).filter((link) => !link.startsWith('https://pioneer.example/'))).toEqual([])
    }
    for (const part of [subject, html.replace(/<[^>]*>/g, ''), text]) expect(part).not.toMatch(/%recipient%/)
    // No request defines them.
    expect(text).toContain('-name- {{name}}')
  })

  test('the preheader says what the headline does not', () => {
    const { subject, html } = compose(news)
    const [, preheader = ''] = /display: none[^>]*>([^<]*)</.exec(html) ?? []
    expect(preheader.length).toBeGreaterThan(10)
    expect(preheader).not.toContain(subject.slice(0, 40))
    expect(html).not.toMatch(/color: ?#fff(fff)?[^>]*>[^<]*[a-z][^<]*<\/div>/)
  })

  test('the text has no signature that a mail program folds', () => {
    expect(compose(news).text).not.toMatch(/^-- ?$/m)
  })
})

const long = (length: number) => 'word '.repeat(length / 5).trim()

test.each([
  ['ProposalCreated', 'PROPOSAL_CREATED_ALL', 'New proposal: ', ' (funding request, 5,000 JOY)'],
  [
    'ProposalCreated',
    'PROPOSAL_DECIDING_COUNCILOR',
    'Vote by Sat 28 Nov, 14:00 UTC: ',
    ' (funding request, 5,000 JOY)',
  ],
  ['ProposalVoted', 'PROPOSAL_VOTE_CREATOR', 'alice approved ', ': 2 of 3 votes'],
] as const)('a title of any length leaves the end of the sentence: %s, %s', (type, kind, begin, end) => {
  const news = sampleOf(type, kind)
  for (const proposal of [170, 400, 20_000].map(long).concat('evil.com '.repeat(40), '👩‍🌾'.repeat(200))) {
    const { subject, text } = compose({ ...news, data: { ...news.data, proposal } })
    expect(subject.startsWith(begin)).toBe(true)
    expect(subject.endsWith(`…${end}`)).toBe(true)
    expect([...subject].length).toBeLessThanOrEqual(150)
    expect(text.length).toBeLessThan(2_500)
  }
})

test('a summary shows a text in full where it fits', () => {
  const title = `${long(170)} end`
  expect(fitting(SUMMARY, (length) => `It is ${title.slice(0, length)}.`)).toContain(title)
})

test('a long handle and a long title are both cut, and both are there', () => {
  const news = sampleOf('PostAdded', 'FORUM_POST_MENTION')
  const { subject } = compose({ ...news, data: { ...news.data, author: 'a'.repeat(90), thread: 't'.repeat(300) } })
  expect(subject).toMatch(/^a{40,}… mentioned you in “t{40,}…”$/)
})

test('of many names the first are listed and the others counted', () => {
  const hired = Array.from({ length: 60 }, (_, n) => `somebody-${n}`)
  const news = sampleOf('OpeningFilled', 'WG_NEW_WORKER_ALL')
  const { subject } = compose({ ...news, data: { ...news.data, hired } })
  expect(subject).toMatch(/hired somebody-0, somebody-1, .*, and 55 others$/)
})

/** What members wrote in the data, with something added. */
function withAdded(text: string, data: EventData): EventData {
  const add = (value: string) => (/^-?\d+$/.test(value) ? value : value + text)
  const ofTheChain = (key: string) => key === 'group' || key.endsWith('Id')
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => {
      if (ofTheChain(key)) return [key, value]
      if (typeof value === 'string') return [key, add(value)]
      return [key, Array.isArray(value) ? value.map(add) : value]
    }),
  )
}

import { describe, expect, test } from 'vitest'
import { createComposer } from '../../src/emails/compose.ts'
import type { Notified as News } from '../../src/emails/notified.ts'
import { kindsOf, notification } from '../../src/emails/types/notification.ts'
import { addressee } from '../../src/events/addressee.ts'
import type { EventData } from '../../src/events/define.ts'
import { entityKinds, generalKinds, isKind, type KindName, reasonOf } from '../../src/events/kinds.ts'
import { events } from '../../src/events/list.ts'

// Every event passes by being listed.

const pioneerUrl = 'https://pioneer.example'
const context = {
  pioneerUrl,
  emailMaxAgeMs: 1,
  emailSender: 'Pioneer <notifications@example.org>',
}
const composeLetter = await createComposer(context)
const compose = (news: News) => composeLetter(notification.compose(news, context))
const kinds = { ...generalKinds, ...entityKinds }
const all = notification
  .samples()
  .map(({ group, name, content }): [string, News] => [`${group}, ${name}`, content as News])

const escaped = (text: string) => text.replace(/[&<>"'`=]/g, (sign) => ESCAPES[sign] ?? sign)
const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
  '`': '&#x60;',
  '=': '&#x3D;',
}

const wordsOf = ({ eventType: type, data, kind, ...reader }: News) => {
  const event = events.find((event) => event.type === type)
  if (!event) throw new Error(`${type} is not listed`)
  return event.words(data, kind, addressee(reader))
}

/** Types of 0.1.0: a notification that refers to one has to find its words in every later version. */
const RELEASED = [
  'ThreadCreated',
  'PostAdded',
  'PostTextUpdated',
  'ProposalCreated',
  'ProposalStatusUpdated',
  'ProposalDecisionMade',
  'ProposalExecuted',
  'ProposalVoted',
  'ProposalDiscussionPostCreated',
  'AnnouncingPeriodStarted',
  'NotEnoughCandidates',
  'NewCouncilNotElected',
  'VotingPeriodStarted',
  'RevealingStageStarted',
  'NewCouncilElected',
  'OpeningAdded',
  'AppliedOnOpening',
  'OpeningFilled',
  'BudgetUpdated',
  'BudgetSet',
  'BudgetSpending',
  'LeaderSet',
  'LeaderUnset',
  'WorkerStartedLeaving',
  'WorkerExited',
  'TerminatedWorker',
  'TerminatedLeader',
]

describe('every event', () => {
  test('has a name of its own', () => {
    const types = events.map(({ type }) => type)
    expect(new Set(types).size).toBe(types.length)
    for (const type of types) expect(type).toMatch(/^[A-Z][A-Za-z]+$/)
  })

  test('that was released keeps its name, for stored notifications', () => {
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(RELEASED))
  })

  test.each(events.map((event) => [event.type, event] as const))(
    '%s tells somebody for reasons that exist, or has an effect',
    (_, event) => {
      const names = kindsOf(event)
      const effects = [...(event.withdraws?.(event.sample()) ?? []), ...(event.endsTokensOf?.(event.sample()) ?? [])]
      expect(names.length + effects.length).toBeGreaterThan(0)
      for (const name of names) {
        expect(isKind(name)).toBe(true)
        expect(kinds[name].label).toMatch(/\S/)
        expect(kinds[name].reason).toMatch(/\S/)
      }
    },
  )
})

test('each general kind describes itself in a sentence of its own', () => {
  const descriptions = Object.values(generalKinds).map(({ description }) => description)
  for (const description of descriptions) expect(description).toMatch(/^Sent when [^.{}]*\.$/)
  expect(new Set(descriptions).size).toBe(descriptions.length)
})

test('every kind is raised by some event', () => {
  const raised = new Set(events.flatMap(kindsOf))
  expect(Object.keys(kinds).filter((name) => !raised.has(name as KindName))).toEqual([])
})

describe.each(all)('%s', (_, news) => {
  const words = wordsOf(news)
  const { subject, html, text, headers } = compose(news)
  const reason = reasonOf(news.kind, words.group)
  const link = pioneerUrl + words.path

  test('bob reads what happened, why he is notified, and where to go', () => {
    const { conversation } = words
    const inConversation = conversation && (conversation.opens ? '' : 'Re: ') + conversation.title
    expect(subject).toBe(inConversation ?? words.title)
    expect(words.path).toMatch(/^\/#\/[a-z]/)
    for (const part of ['Hi bob,', words.title, words.summary ?? '', words.excerpt ?? '', words.action, link]) {
      expect(text).toContain(part)
      expect(html).toContain(escaped(part))
    }
    expect(text).toContain(`You receive this because ${reason}.`)
    expect(html).toContain(`You receive this because ${escaped(reason)}.`)
    expect(html.split(`href="${escaped(link)}"`).length - 1).toBe(2)
    expect(html).toContain(`href="${escaped(`${pioneerUrl}/#/settings`)}"`)
    expect(text).toContain(`${pioneerUrl}/#/settings`)
  })

  test('no placeholder is left and no value is missing', () => {
    expect(reason).not.toMatch(/[{}]|working group\b/)
    for (const part of [subject, html, text]) {
      expect(part).not.toMatch(/\{\{|\}\}|undefined|\[object|NaN/)
    }
  })

  test('it loads no remote content', () => {
    expect(html).not.toMatch(/<img|<link|<script|@import|url\(|srcset/i)
  })

  test('it is the same after its data was stored', () => {
    const stored: EventData = JSON.parse(JSON.stringify(news.data))
    expect(compose({ ...news, data: stored })).toEqual({ subject, html, text, headers })
  })

  test('texts of members stay text: no tag, no template, no second line in the subject', () => {
    const attack = '<script>alert(1)</script>{{name}}"\' onload=\r\nBcc: eve@example.org\u2028\u0000\u202e'
    const attacked = compose({ ...news, name: `bob${attack}`, data: containing(attack, news.data) })
    expect(attacked.html).not.toMatch(/<script/i)
    expect(tagsOf(attacked.html)).toEqual(tagsOf(html))
    expect(attacked.html).toContain('Hi bob&lt;script&gt;alert(1)&lt;/script&gt;{{name}}')
    expect(attacked.text).toContain('Hi bob<script>alert(1)</script>{{name}}')
    expect(attacked.subject).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u)
    expect(attacked.subject.length).toBeLessThanOrEqual(150)
  })

  test('a title of any length is cut in the subject', () => {
    const long = compose({ ...news, data: containing('🌵'.repeat(5000), news.data) })
    expect([...long.subject].length).toBeLessThanOrEqual(150)
    expect(long.subject.isWellFormed()).toBe(true)
  })
})

/** Every text in the data with something added; ids, amounts and times are no member's words. */
function containing(text: string, data: EventData): EventData {
  const add = (value: string) => (/^(-?\d+|\d{4}-\d\d-\d\dT[\d:.]+Z)$/.test(value) ? value : value + text)
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => {
      if (typeof value === 'string') return [key, add(value)]
      return [key, Array.isArray(value) ? value.map(add) : value]
    }),
  )
}

/** What the email is made of, without the attributes' values: member-written text must not change it. */
const tagsOf = (html: string) =>
  [...html.replace(/<!--[\s\S]*?-->/g, '').matchAll(/<(\/?[a-z][\w:-]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi)].map(
    ([, name, attributes = '']) => [name, ...attributes.replace(/"[^"]*"|'[^']*'/g, '').matchAll(/[\w:-]+/g)].join(' '),
  )

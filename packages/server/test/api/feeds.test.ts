import { execFileSync, spawnSync } from 'node:child_process'
import { parseAtomFeed } from 'feedsmith'
import type { Member } from 'query-node'
import { expect, test } from 'vitest'
import { signPreferences } from '../../src/members/email-links.ts'
import { signFeed } from '../../src/members/feed-addresses.ts'
import { readLinkKey } from '../../src/members/links.ts'
import { storePublicUrl } from '../../src/members/public-url.ts'
import { serveApi } from '../support/api.ts'
import { type Story, stories } from '../support/story.ts'

const createStory = stories()
const HOUR = 3_600_000
const URLS = '{ me { calendarUrl feedUrl } }'

type Urls = { calendarUrl: string; feedUrl: string }

async function begin(options: Parameters<typeof serveApi>[1] = {}) {
  const story = await createStory()
  const api = await serveApi(story, options)
  await storePublicUrl(story.pool, api.url)
  const [alice, bob] = [await story.member('alice'), await story.member('bob')]
  const urlsOf = async (member: Member) => (await api.data(URLS, {}, api.tokenOf(member))).me as Urls
  return { story, api, alice, bob, urlsOf, ...(await urlsOf(alice)) }
}

/** Bob writes in a thread of alice's. */
async function threadOf({ chain }: Story, alice: Member, bob: Member, title = 'Plants') {
  const thread = chain.threadCreated({ by: alice, in: chain.categoryCreated('General'), title, text: 'Water them.' })
  const posts = (text: string) => chain.postAdded({ by: bob, in: thread, text })
  return { thread, posts }
}

const ends = (
  story: Story,
  key: string,
  data: Partial<Parameters<Story['db']['deadline']['create']>[0]['data']> = {},
) =>
  story.db.deadline.create({
    data: {
      type: 'ElectionVotingEnding',
      key,
      title: key,
      path: '/#/election',
      about: {},
      endsAt: new Date(Date.now() + 5 * HOUR),
      ...data,
    } as Parameters<Story['db']['deadline']['create']>[0]['data'],
  })

const read = async (url: string) => (await fetch(url)).text()
/** The titles in a calendar file, in its order. */
const summaries = (ics: string) => [...ics.matchAll(/^SUMMARY:(.*)\r?$/gm)].map(([, summary = '']) => summary.trim())
const entriesOf = (atom: string) =>
  (parseAtomFeed(atom) as { entries?: { id: string; title: { value: string } }[] }).entries ?? []

const python = (...args: string[]) => ['-c', args.join('\n')]
const hasPython = () => !spawnSync('python3', python('pass')).error
/** @throws Error for XML that is not well-formed */
function countByExpat(atom: string): number {
  const code = python(
    'import sys, xml.etree.ElementTree as tree',
    'print(len(tree.fromstring(sys.stdin.buffer.read()).findall("{*}entry")))',
  )
  return Number(execFileSync('python3', code, { input: atom, encoding: 'utf8' }))
}

test('a calendar has what lies ahead and concerns its member, the soonest first', async () => {
  const { story, alice, bob, calendarUrl } = await begin()
  const later = new Date(Date.now() + 9 * HOUR)
  await ends(story, 'for everybody')
  await ends(story, 'soonest', { endsAt: new Date(Date.now() + HOUR) })
  await ends(story, 'over', { endsAt: new Date(Date.now() - HOUR) })
  await ends(story, 'ended', { goneAt: new Date() })
  await ends(story, 'called off', { goneAt: new Date(), cancelledAt: new Date(), endsAt: later, sequence: 3 })
  await ends(story, 'of another type', { type: 'Unheard' })
  await ends(story, 'of a council', {
    type: 'ProposalDecidingEnding',
    councillors: [Number(bob.id)],
    about: { proposalId: '1' },
  })
  await ends(story, 'off by default', { type: 'OpeningEnding' })
  const ics = await read(calendarUrl)
  expect(summaries(ics)).toEqual(['Ends: soonest', 'Ends: for everybody', 'Ends: called off'])
  expect(ics).toMatch(/SEQUENCE:3[\s\S]*STATUS:CANCELLED/)

  await story.refuses(alice, 'ELECTION_VOTING_LAST_DAY')
  expect(summaries(await read(calendarUrl))).toHaveLength(3)
  await story.refuses(alice, 'ELECTION_VOTING_STARTED')
  expect(summaries(await read(calendarUrl))).toEqual([])
  await story.wants(alice, 'WG_OPENING_LAST_DAY')
  expect(summaries(await read(calendarUrl))).toEqual(['Ends: off by default'])
})

test('a calendar goes by a member’s part, settings and mutes, and by what they watch', async () => {
  const { story, alice, bob, urlsOf } = await begin()
  const carol = await story.member('carol')
  const later = new Date(Date.now() + 9 * HOUR)
  await ends(story, 'opening', { type: 'OpeningEnding' })
  // Bob is on the council, and carol made the proposal.
  const about = { proposalId: '7', creatorId: carol.id }
  await ends(story, 'vote', { type: 'ProposalDecidingEnding', about, councillors: [Number(bob.id)], endsAt: later })
  await ends(story, 'execution', { type: 'ProposalGraceEnding', about, endsAt: later })
  const titles = async (member: Member) => summaries(await read((await urlsOf(member)).calendarUrl))
  const calendars = async () => ({ alice: await titles(alice), bob: await titles(bob), carol: await titles(carol) })
  expect(await calendars()).toEqual({ alice: [], bob: ['Ends: vote'], carol: ['Ends: vote', 'execution'] })

  // The kinds of another part do not count.
  for (const kind of ['PROPOSAL_VOTE_LAST_DAY', 'PROPOSAL_DECIDING_COUNCILOR'] as const) await story.refuses(bob, kind)
  await story.refuses(carol, 'PROPOSAL_STATUS_CREATOR')
  expect(await calendars()).toEqual({ alice: [], bob: [], carol: [] })
  await story.wants(alice, 'NOTIFY_ALL')
  expect(await titles(alice)).toEqual(['Ends: opening', 'Ends: vote', 'execution'])
  await story.watches(bob, 'PROPOSAL_ENTITY_STATUS', { id: '7' })
  await story.mutes(alice, 'PROPOSAL_ENTITY_VOTE', { id: '7' })
  await story.watches(carol, 'PROPOSAL_ENTITY_STATUS', { id: '8' })
  expect(await calendars()).toEqual({
    alice: ['Ends: opening', 'execution'],
    bob: ['Ends: vote', 'execution'],
    carol: [],
  })
  await story.mutes(alice, 'PROPOSAL_ENTITY_STATUS', { id: '7' })
  expect(await titles(alice)).toEqual(['Ends: opening'])
})

test('a calendar is bounded, whatever lies ahead', async () => {
  const { story, calendarUrl } = await begin()
  for (let n = 0; n < 130; n++) await ends(story, `n${n}`)
  expect(summaries(await read(calendarUrl))).toHaveLength(100)
})

test('a feed has the notifications of the inbox, and two parsers read it', async () => {
  const { story, alice, bob, feedUrl } = await begin()
  expect(entriesOf(await read(feedUrl))).toEqual([])
  const { posts } = await threadOf(story, alice, bob, 'Plants <b>&amp; ]]> \u0001\ufffe "water" https://evil.example')
  await story.begins()
  posts('First <script>alert(1)</script>')
  posts('Second')
  await story.notify()
  // The replaced backend kept no times and no words.
  await story.db.notification.create({
    data: { memberId: Number(alice.id), kind: 'FORUM_POST_ALL', eventId: 'old', createdAt: null },
  })
  const response = await fetch(feedUrl)
  expect(response.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8')
  const atom = await response.text()
  const entries = entriesOf(atom)
  expect(entries).toHaveLength(2)
  // RFC 4287, 4.1.1.
  expect(atom).toMatch(/<author>\s*<name>Joystream<\/name>\s*<\/author>/)
  const [newest] = entries as [
    { id: string; title: { value: string }; content: { value: string }; links: { href: string }[] },
  ]
  expect(newest.title.value).toContain('bob posted in “Plants &#60;b&#62;')
  expect(newest.title.value).toContain('https[://]evil.example')
  expect(newest.content.value).toContain('<blockquote>Second</blockquote>')
  expect(newest.content.value).toContain('You receive this because you started this thread.')
  expect(newest.links[0]?.href).toMatch(/^https:\/\/.*\/#\/forum\/thread\//)
  expect(newest.id).toMatch(new RegExp(`^tag:[\\w.-]+,2026:member/${alice.id}/\\d+$`))
  expect(JSON.stringify(entries)).not.toContain('<script>')
  // Two parsers: expat is strict.
  if (hasPython()) expect(countByExpat(atom)).toBe(2)
  else console.warn('python3 is not installed: expat did not read the feed')

  await story.db.notification.updateMany({ where: { eventId: { not: 'old' } }, data: { isArchived: true } })
  expect(entriesOf(await read(feedUrl))).toEqual([])
})

test('what is taken back leaves the feed with its text', async () => {
  const { story, alice, bob, feedUrl } = await begin()
  const { posts, thread } = await threadOf(story, alice, bob)
  await story.begins()
  const post = posts('A secret')
  await story.notify()
  const first = await fetch(feedUrl)
  expect(await first.text()).toContain('A secret')
  story.chain.postModerated(post)
  await story.notify()
  const withoutPost = await read(feedUrl)
  const { published, updated } =
    (parseAtomFeed(withoutPost) as { entries: { published: string; updated: string }[] }).entries[0] ?? {}
  expect(Date.parse(updated ?? '')).toBeGreaterThan(Date.parse(published ?? ''))
  expect(withoutPost).not.toContain('A secret')
  expect(withoutPost).toContain('Plants')
  story.chain.threadModerated(thread)
  await story.notify()
  expect(await read(feedUrl)).not.toContain('Plants')
})

test('a program that has the newest answer gets none, until something changes', async () => {
  const { story, alice, bob, feedUrl, calendarUrl } = await begin()
  const { posts } = await threadOf(story, alice, bob)
  await story.begins()
  await ends(story, 'vote')
  for (const [sequence, url] of [feedUrl, calendarUrl].entries()) {
    const first = await fetch(url)
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[\w-]{43}"$/)
    expect(first.headers.get('cache-control')).toBe('private, max-age=300')
    expect(first.headers.get('set-cookie')).toBeNull()
    const asks = async (known: string) => {
      const { status, headers } = await fetch(url, { headers: { 'if-none-match': known } })
      expect(headers.get('etag')).toBe(status === 304 ? etag : headers.get('etag'))
      return status
    }
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) expect(await asks(known)).toBe(304)
    for (const known of ['"other"', '']) expect(await asks(known)).toBe(200)
    posts('Hello')
    await story.notify()
    await story.db.deadline.updateMany({ data: { endsAt: new Date(Date.now() + 7 * HOUR), sequence: sequence + 1 } })
    expect(await asks(etag)).toBe(200)
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100)
    const refused = await fetch(url, { method: 'POST', body: 'x' })
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  }
})

test('an address ends when it is renewed, and when all tokens of its member end; the others go on', async () => {
  const { story, api, alice, bob, urlsOf, ...first } = await begin()
  await story.begins()
  const statuses = async ({ calendarUrl, feedUrl }: Urls) =>
    Promise.all([calendarUrl, feedUrl].map(async (url) => (await fetch(url)).status))
  expect(await urlsOf(alice)).toEqual({ calendarUrl: first.calendarUrl, feedUrl: first.feedUrl })
  const bobs = await urlsOf(bob)
  const { renewCalendarUrl } = await api.data('mutation { renewCalendarUrl }', {}, api.tokenOf(alice))
  expect(renewCalendarUrl).not.toBe(first.calendarUrl)
  expect(await statuses(first)).toEqual([404, 200])
  const { renewFeedUrl } = await api.data('mutation { renewFeedUrl }', {}, api.tokenOf(alice))
  const second = await urlsOf(alice)
  expect(second).toEqual({ calendarUrl: renewCalendarUrl, feedUrl: renewFeedUrl })
  expect([await statuses(first), await statuses(second)]).toEqual([
    [404, 404],
    [200, 200],
  ])

  await api.data('mutation { signOutEverywhere }', {}, api.tokenOf(alice))
  expect(await statuses(second)).toEqual([404, 404])
  // The membership was sold.
  story.chain.memberAccountsUpdated(bob, { controllerAccount: alice.address })
  expect(await statuses(bobs)).toEqual([200, 200])
  await story.notify()
  expect(await statuses(bobs)).toEqual([404, 404])
  await story.db.member.delete({ where: { id: Number(alice.id) } })
  expect(await statuses(second)).toEqual([404, 404])
})

test('an address shows what is its own member’s, and what is no address shows nothing', async () => {
  const { story, api, alice, bob, urlsOf, calendarUrl, feedUrl } = await begin()
  const { posts } = await threadOf(story, alice, bob)
  await story.begins()
  posts('Hello alice')
  await story.notify()
  expect(entriesOf(await read(feedUrl))).toHaveLength(1)
  const bobs = await urlsOf(bob)
  expect(entriesOf(await read(bobs.feedUrl))).toEqual([])

  const token = /\/feed\/(.*)\.atom$/.exec(feedUrl)?.[1] ?? ''
  const holder = { memberId: Number(alice.id), tokenGeneration: 0, generation: 0 }
  const key = await readLinkKey(story.pool)
  expect(signFeed(key, 'notifications', holder)).toBe(token)
  const other = signFeed(key, 'notifications', { ...holder, generation: 1 })
  const bytes = Buffer.from(token, 'base64url')
  const flipped = bytes.map((byte, n) => (n === 3 ? byte ^ 1 : byte))
  for (const path of [
    `/feed/${other}.atom`,
    `/feed/${Buffer.from(flipped).toString('base64url')}.atom`,
    `/feed/${token}`,
    `/feed/${token}.ics`,
    `/feed/${token}a.atom`,
    `/feed/${token.slice(1)}.atom`,
    `/calendar/${token}.ics`,
    `/feed/.atom`,
    `/feed/%2e%2e%2f%00.atom`,
    `/feed/${'a'.repeat(1_900)}.atom`,
    calendarUrl.replace(api.url, '').replace('/calendar/', '/feed/').replace('.ics', '.atom'),
  ]) {
    const response = await fetch(api.url + path)
    expect([response.status, response.headers.get('content-type')], path).toEqual([404, 'text/plain; charset=utf-8'])
    expect(await response.text()).toBe('This address has ended, or never was one. The newest is in your settings.\n')
  }
  expect(api.log.join('')).not.toContain(token.slice(0, 20))
  expect(api.log.join('')).toContain('feed notifications')
})

test('many members are polled for from one network, and who guesses is refused', async () => {
  const { api, urlsOf, alice, bob } = await begin({ requestsPerMinute: 4, trustedProxies: 1 })
  const headers = { 'x-forwarded-for': '203.0.113.7' }
  const poll = async (url: string) => (await fetch(url, { headers })).status
  const urls = [await urlsOf(alice), await urlsOf(bob)].map(({ feedUrl }) => feedUrl)
  // The process learns the key of the addresses.
  await poll(urls[0] ?? '')
  const answers: number[] = []
  for (let n = 0; n < 4; n++) for (const url of urls) answers.push(await poll(url))
  expect(answers).toEqual(Array(8).fill(200))
  const refused = await fetch(urls[0] ?? '', { headers })
  expect([refused.status, refused.headers.get('content-type')]).toEqual([429, 'text/plain; charset=utf-8'])
  // Whoever has an address that has ended cannot use up the requests of the next one.
  await api.data('mutation { renewFeedUrl }', {}, api.tokenOf(bob))
  for (let n = 0; n < 5; n++) await poll(urls[1] ?? '')
  const elsewhere = { 'x-forwarded-for': '198.51.100.7' }
  expect((await fetch((await urlsOf(bob)).feedUrl, { headers: elsewhere })).status).toBe(200)
  const guesses: number[] = []
  for (let n = 0; n < 6; n++) guesses.push(await poll(`${api.url}/feed/${n}.atom`))
  expect(guesses).toEqual([404, 404, 404, 429, 429, 429])
})

test('without a public address of the API there are no addresses to poll', async () => {
  const story = await createStory()
  const api = await serveApi(story)
  const alice = await story.member('alice')
  expect((await api.data(URLS, {}, api.tokenOf(alice))).me).toEqual({ calendarUrl: null, feedUrl: null })
  expect(await api.data('mutation { renewFeedUrl }', {}, api.tokenOf(alice))).toEqual({ renewFeedUrl: null })
  expect((await fetch(`${api.url}/feed/x.atom`)).status).toBe(404)
})

test('the page of a member’s settings has the addresses, buttons for three calendars, and renews each', async () => {
  const { story, api, alice, calendarUrl, feedUrl, urlsOf } = await begin()
  const key = await readLinkKey(story.pool)
  const page = `${api.url}/preferences/${signPreferences(key, Number(alice.id), Date.now())}`
  const shown = await read(page)
  for (const url of [calendarUrl, feedUrl]) expect(shown).toContain(`value="${url}"`)
  const hrefs = [...shown.matchAll(/class="button" rel="noreferrer" href="([^"]*)"/g)].map(([, href = '']) =>
    href.replaceAll('&#38;', '&'),
  )
  const webcal = calendarUrl.replace('http:', 'webcal:')
  expect(hrefs).toEqual([
    `https://calendar.google.com/calendar/r?cid=${encodeURIComponent(webcal)}`,
    webcal,
    `https://outlook.live.com/calendar/0/addfromweb?url=${encodeURIComponent(calendarUrl)}&name=Joystream`,
  ])
  for (const [feed, url] of [
    ['calendar', calendarUrl],
    ['notifications', feedUrl],
  ] as const) {
    const body = new URLSearchParams({ form: `renew ${feed}`, address: url })
    const renews = async () => (await fetch(page, { method: 'POST', body })).text()
    const text = await renews()
    expect(text).toContain('The old address has ended.')
    expect(text).not.toContain(url)
    expect((await fetch(url)).status).toBe(404)
    // A page that is sent again changes nothing.
    expect(await renews()).toBe(text)
  }
  const second = await urlsOf(alice)
  expect([(await fetch(second.calendarUrl)).status, (await fetch(second.feedUrl)).status]).toEqual([200, 200])
  const unknown = await fetch(page, { method: 'POST', body: new URLSearchParams({ form: 'renew toString' }) })
  expect(unknown.status).toBe(400)
  expect(await urlsOf(alice)).toEqual(second)
})

test('a link from before the membership changed hands shows no address, and leads to no page that does', async () => {
  const { story, api, alice, bob, calendarUrl } = await begin()
  const { posts } = await threadOf(story, alice, bob)
  await story.begins()
  posts('Hello')
  await story.notify()
  const links = [...(story.sent[0]?.text ?? '').matchAll(/https?:\/\/\S+\/(?:preferences|unsubscribe)\/\S+/g)].map(
    String,
  )
  const [unsubscribe, preferences] = ['/unsubscribe/', '/preferences/'].map(
    (path) => links.find((link) => link.includes(path)) ?? '',
  )
  expect(await read(preferences ?? '')).toContain(calendarUrl)
  await api.data('mutation { signOutEverywhere }', {}, api.tokenOf(alice))
  for (const page of [
    preferences ?? '',
    new URL(/href="(\.\.\/preferences\/[^"]+)"/.exec(await read(unsubscribe ?? ''))?.[1] ?? '', unsubscribe).href,
  ]) {
    const shown = await read(page)
    expect(shown).toContain('Your notifications')
    expect(shown).not.toContain('/calendar/')
    expect(shown).toContain('A newer\n      email has one that shows the addresses')
    const body = new URLSearchParams({ form: 'renew calendar', address: calendarUrl })
    const answer = await (await fetch(page, { method: 'POST', body })).text()
    expect(answer).not.toContain('/calendar/')
    expect(answer).not.toContain('has ended')
  }
  const fresh = `${api.url}/preferences/${signPreferences(await readLinkKey(story.pool), Number(alice.id), Date.now())}`
  expect(await read(fresh)).toContain('/calendar/')
})

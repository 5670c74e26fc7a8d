import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { run } from '../../src/notifier/run.ts'
import type { Outcome } from '../../src/outbox/provider.ts'
import { type Api, serveApi, signed } from '../support/api.ts'
import { recordingProvider, stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()
const TOKEN = 'for-prometheus'

const serve = (story: Parameters<typeof serveApi>[0]) => serveApi(story, { metricsToken: TOKEN })

const get = ({ url }: Pick<Api, 'url'>, token?: string) =>
  fetch(`${url}/metrics`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })

/** Every sample by its name and labels, without the prefix of our own. */
async function scrape(api: Pick<Api, 'url'>): Promise<Record<string, number>> {
  const response = await get(api, TOKEN)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const lines = (await response.text()).split('\n').filter((line) => line && !line.startsWith('#'))
  const samples = lines.map((line) => {
    const [, name = '', value] = /^([a-z]\w*(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})?) (\S+)$/.exec(line) ?? []
    return [name.replace(/^notifications_/, ''), Number(value)] as const
  })
  expect(new Set(samples.map(([name]) => name)).size, 'each sample stands there once').toBe(samples.length)
  return Object.fromEntries(samples)
}

const starting = (samples: Record<string, number>, prefix: string) =>
  Object.fromEntries(Object.entries(samples).filter(([name]) => name.startsWith(prefix)))

const fate: Record<string, Outcome> = {
  'dave@example.org': { result: 'failed', reason: 'mailbox busy' },
  'erin@example.org': { result: 'rejected', reason: 'no such mailbox' },
}

/** Five members hear of an election: two by email, one by none, one later, one in vain. */
async function election() {
  const provider = recordingProvider([], ({ to }) => fate[to] ?? { result: 'sent', messageId: 'p' })
  const story = await createStory({ provider })
  await story.member('alice')
  await story.member('bob')
  await story.member('carol', { receiveEmails: false })
  await story.member('dave')
  await story.member('erin')
  await story.begins()
  story.chain.announcingPeriodStarted()
  story.chain.raise('PostAddedEvent', { postId: '500', isEditable: true, text: 'lost' })
  story.expectLog(/Set aside PostAdded/)
  story.node.requests.reset()
  await story.notify()
  return story
}

test('metrics need a configured token and reject another one', async () => {
  const story = await createStory()
  expect((await get(await serveApi(story), TOKEN)).status).toBe(404)
  const api = await serve(story)
  for (const token of [undefined, '', 'for-prometheu', `${TOKEN}s`]) {
    const refused = await get(api, token)
    expect(refused.status).toBe(401)
    expect(await refused.text()).toBe('')
  }
  await scrape(api)
})

test('a metric that cannot be read is an error and does not end the process', async () => {
  const story = await createStory()
  await story.db.counter.create({ data: { name: 'events_total', labels: { type: 'PostAdded' }, value: -1 } })
  const api = await serve(story)
  const failed = await get(api, TOKEN)
  expect(failed.status).toBe(500)
  const { errors } = (await failed.json()) as { errors: { extensions: { id: string } }[] }
  expect(api.log.join()).toContain(errors[0]?.extensions.id)
})

test('reads, notifications and emails are counted, and every API process shows the same figures', async () => {
  const start = performance.now()
  const story = await election()
  const [api, other] = [await serve(story), await serve(story)]
  const samples = await scrape(api)
  expect(samples).toMatchObject({
    database_up: 1,
    cursor_block: story.chain.head,
    head_block: story.chain.head,
    lag_blocks: 0,
    lag_seconds: 0,
    set_aside_events: 1,
    'query_node_requests_total{by="notifier"}': story.node.requests.count,
    'query_node_requests_total{by="api"}': 0,
  })
  expect(starting(samples, 'events_total')).toEqual({ 'events_total{type="AnnouncingPeriodStarted"}': 1 })
  expect(starting(samples, 'recorded_total')).toEqual({ 'recorded_total{kind="ELECTION_ANNOUNCING_STARTED"}': 5 })
  expect(starting(samples, 'emails_total')).toEqual({
    'emails_total{outcome="sent",provider="test"}': 2,
    'emails_total{outcome="failed",provider="test"}': 1,
    'emails_total{outcome="rejected",provider="test"}': 1,
    'emails_total{outcome="ignored",provider="none"}': 1,
  })
  expect(starting(samples, 'outbox_emails')).toEqual({
    'outbox_emails{status="SENT"}': 2,
    'outbox_emails{status="FAILED"}': 1,
    'outbox_emails{status="PENDING"}': 1,
  })
  for (const age of ['last_success_age_seconds', 'oldest_pending_email_age_seconds']) {
    expect(samples[age]).toBeGreaterThan(0)
    expect(samples[age]).toBeLessThanOrEqual((performance.now() - start) / 1_000 + 1)
  }
  const shared = (all: Record<string, number>) =>
    Object.entries(all).filter(([name]) => !/^(nodejs_|process_|api_|.*_age_seconds)/.test(name))
  expect(shared(await scrape(other))).toEqual(shared(samples))
})

const hasPromtool = spawnSync('promtool', ['--version']).status === 0
if (!hasPromtool) console.warn('The names of the metrics were NOT tested: promtool is not installed.')

test.runIf(hasPromtool)('promtool finds nothing wrong with the metrics', async () => {
  const story = await election()
  const api = await serve(story)
  const change = 'mutation ($email: String) { updateMember(email: $email) { id } }'
  for (const token of ['', api.tokenOf(await story.member('frank'))])
    await api.ask(change, { email: 'f@new.example' }, token)
  const input = await (await get(api, TOKEN)).text()
  expect(input).toContain('notifications_api_request_duration_seconds_bucket')
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
  expect([status, stdout + stderr]).toEqual([0, ''])
})

test('counters continue across runs, including failures of the query node', async () => {
  const story = await election()
  const api = await serve(story)
  const before = await scrape(api)
  await story.db.$executeRaw`UPDATE "Email" SET "sendAt" = now()`
  story.chain.votingPeriodStarted({ candidates: [] })
  story.node.duringNext(1, { errors: 'being restarted' })
  story.expectLog(/Nothing more was read/)
  await story.notify()
  const failed = await scrape(api)
  expect(failed['query_node_errors_total{by="notifier"}']).toBe(1)
  expect(failed['query_node_seconds_total{by="notifier"}']).toBeGreaterThan(
    before['query_node_seconds_total{by="notifier"}'] ?? 0,
  )
  expect(failed['emails_total{outcome="failed",provider="test"}']).toBe(2)
  await story.notify()
  expect(await scrape(api)).toMatchObject({
    'events_total{type="AnnouncingPeriodStarted"}': 1,
    'events_total{type="VotingPeriodStarted"}': 1,
    'emails_total{outcome="sent",provider="test"}': 4,
    'emails_total{outcome="ignored",provider="none"}': 2,
    'query_node_errors_total{by="notifier"}': 1,
  })
})

test('notifiers that send at the same time lose no count', async () => {
  const story = await createStory()
  for (let n = 0; n < 150; n++) await story.member(`member-${n}`)
  await story.begins()
  story.chain.announcingPeriodStarted()
  story.chain.commitBlock()
  await Promise.all([run(story.deps), run(story.deps), run(story.deps)])
  await run(story.deps)
  expect(await scrape(await serve(story))).toMatchObject({
    'emails_total{outcome="sent",provider="test"}': 150,
    'outbox_emails{status="SENT"}': 150,
    'outbox_emails{status="PENDING"}': 0,
    oldest_pending_email_age_seconds: 0,
  })
})

test('the lag is shown in blocks and seconds, and not before the first run', async () => {
  const empty = await createStory()
  const none = await scrape(await serve(empty))
  for (const name of ['cursor_block', 'head_block', 'lag_blocks', 'lag_seconds', 'last_success_age_seconds']) {
    expect(none).not.toHaveProperty(name)
  }
  const story = await election()
  await story.db
    .$executeRaw`UPDATE "Store" SET value = jsonb_set(value, '{head}', to_jsonb((value->>'head')::int + 50)) WHERE key = 'LastRun'`
  expect(await scrape(await serve(story))).toMatchObject({ lag_blocks: 50, lag_seconds: 300 })
})

test('requests are counted by field and outcome, and no client can make new series', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await story.begins()
  const api = await serve(story)
  for (let n = 0; n < 30; n++) await api.data(`query Evil${n} { evil${n}: memberExist(id: ${n}) }`)
  await api.data('{ a: memberExist(id: 1) b: memberExist(id: 2) }')
  await api.data('{ ...all } fragment all on Query { memberExist(id: 1) }')
  await api.ask('{ me { id } }')
  await api.ask('{ nothing }')
  await api.data('{ me { id } }', {}, api.tokenOf(bob))
  await fetch(api.url, { method: 'PUT' })

  const requests = 'api_requests_total'
  await until(async () => Object.values(starting(await scrape(api), requests)).reduce((a, b) => a + b, 0) === 36)
  const samples = await scrape(api)
  expect(starting(samples, requests)).toEqual({
    [`${requests}{operation="query memberExist",outcome="ok"}`]: 30,
    [`${requests}{operation="query several",outcome="ok"}`]: 2,
    [`${requests}{operation="query me",outcome="UNAUTHENTICATED"}`]: 1,
    [`${requests}{operation="query me",outcome="ok"}`]: 1,
    [`${requests}{operation="none",outcome="GRAPHQL_VALIDATION_FAILED"}`]: 1,
    [`${requests}{operation="none",outcome="BAD_REQUEST"}`]: 1,
  })
  expect(samples['api_request_duration_seconds_count{operation="query memberExist"}']).toBe(30)
  expect(samples['api_request_duration_seconds_sum{operation="query memberExist"}']).toBeGreaterThan(0)
  expect(samples).toHaveProperty('nodejs_eventloop_lag_p99_seconds')
  const own = Object.keys(samples).filter((name) => !/^(nodejs_|process_)/.test(name))
  expect(own.join()).not.toMatch(/evil/i)
})

test("refusals are counted by limit, and so are the API's requests to the query node", async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await story.begins()
  const api = await serve(story)
  const signIn = `mutation ($memberId: Int!, $signature: String!, $timestamp: BigInt!) {
    signin(memberId: $memberId, signature: $signature, timestamp: $timestamp)
  }`
  for (let n = 0; n < 12; n++) await api.ask(signIn, { ...signed(bob), signature: '0x00' })
  const limited = 'api_requests_total{operation="mutation signin",outcome="RATE_LIMITED"}'
  await until(async () => (await scrape(api))[limited] === 2)
  expect(await scrape(api)).toMatchObject({
    'api_requests_total{operation="mutation signin",outcome="INVALID_SIGNATURE"}': 10,
    'api_rate_limited_total{limit="sign-in of member"}': 2,
    'query_node_requests_total{by="api"}': 10,
    'query_node_errors_total{by="api"}': 0,
  })
})

test('a replaced confirmation is counted in the outbox', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const api = await serve(story)
  const change = 'mutation ($email: String) { updateMember(email: $email) { id } }'
  await api.data(change, { email: 'bob@new.example' }, api.tokenOf(bob))
  await api.data(change, { email: 'bob@newer.example' }, api.tokenOf(bob))
  expect(starting(await scrape(api), 'outbox_emails')).toEqual({
    'outbox_emails{status="IGNORED"}': 1,
    'outbox_emails{status="PENDING"}': 1,
  })
})

test('a confirmation that waits for its turn is not overdue', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const api = await serve(story)
  const change = 'mutation ($email: String) { updateMember(email: $email) { id } }'
  await api.data(change, { email: 'bob@new.example' }, api.tokenOf(bob))
  const age = async () => (await scrape(api)).oldest_pending_email_age_seconds
  await story.db.$executeRaw`UPDATE "Email" SET "createdAt" = now() - interval '2 hours'`
  expect(await age()).toBeGreaterThan(7_000)
  await story.db.$executeRaw`UPDATE "Email" SET "sendAt" = now() + interval '1 hour'`
  expect(await age()).toBe(0)
})

test('without its database, the API still serves its own metrics', async () => {
  const story = await createStory()
  const api = await serve(story)
  await story.db.$executeRaw`ALTER TABLE "Counter" RENAME TO "Hidden"`
  try {
    const samples = await scrape(api)
    expect(samples.database_up).toBe(0)
    expect(samples).toHaveProperty('nodejs_eventloop_lag_p99_seconds')
    expect(samples).not.toHaveProperty('set_aside_events')
    expect(api.log.join()).toContain("The metrics lack the database's figures")
  } finally {
    await story.db.$executeRaw`ALTER TABLE "Hidden" RENAME TO "Counter"`
  }
})

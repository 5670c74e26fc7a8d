import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { connect } from '../src/db/client.ts'
import { readFeedUrls } from '../src/members/feed-addresses.ts'
import { storePublicUrl } from '../src/members/public-url.ts'
import { addInbox, READER } from './api-world.ts'
import { addMembers, type Bench, bench, median, numbers, rounded, settle } from './support.ts'

/**
 * `npm run bench:feeds -- --subscribers 1000`: programs that poll the calendar and the feed of each member, one after the
 * other. The time of an answer is all that anybody spends on it: the API, PostgreSQL and the program that asks.
 */
const { subscribers, notifications, deadlines } = numbers('feeds', 'Measures calendars and feeds that are polled', {
  subscribers: 1_000,
  notifications: 100,
  deadlines: 100,
})

/** Nothing is asked of it. */
const NO_QUERY_NODE = 'http://127.0.0.1:9'
const POLL_SECONDS = 15 * 60
/** Programs that have the newest answer: most of them, as long as nothing happens. */
const WITH_ETAG = 0.8

await bench('feeds', async (bench) => {
  await addMembers(bench, 0, subscribers - 1)
  await addWorld(bench)
  const api = fork(join(import.meta.dirname, 'api-server.ts'), ['api', bench.url, NO_QUERY_NODE], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  const { pool, close } = connect(bench.url)
  try {
    const ended = once(api, 'exit').then(([code]) => {
      throw new Error(`The API ended (${code})`)
    })
    ended.catch(() => {})
    const [{ url }] = (await Promise.race([once(api, 'message'), ended])) as [{ url: string }]
    await storePublicUrl(pool, url)
    const urls: string[] = []
    for (let id = 0; id < subscribers; id++) {
      const own = await readFeedUrls(pool, id)
      if (own) urls.push(own.calendar, own.notifications)
    }
    // Nobody is served by a process that has just begun.
    for (const url of urls.slice(0, 200)) await poll(url)
    const whole = await pollAll(urls)
    const unchanged = await pollAll(urls, whole.etags)
    const ms = WITH_ETAG * unchanged.meanMs + (1 - WITH_ETAG) * whole.meanMs
    return {
      subscribers,
      notifications,
      deadlines,
      bytes: Math.round(whole.bytes / urls.length),
      medianMs: whole.medianMs,
      p99Ms: whole.p99Ms,
      medianMsUnchanged: unchanged.medianMs,
      p99MsUnchanged: unchanged.p99Ms,
      percentOfCore: rounded((100 * urls.length * ms) / 1000 / POLL_SECONDS, 2),
    }
  } finally {
    if (api.connected) api.disconnect()
    await close()
  }
})

/** Members with settings, watches and notifications, and what lies ahead: half of it concerns everybody. */
async function addWorld(bench: Bench): Promise<void> {
  const { sql } = bench
  await addInbox(bench, notifications)
  await sql.query(
    `INSERT INTO "Notification" ("memberId", kind, "eventId", "eventNumber", "entityId", "emailStatus")
     SELECT m.id, kind, "eventId", "eventNumber", "entityId", 'SENT' FROM "Notification" n CROSS JOIN "Member" m
     WHERE n."memberId" = $1 AND m.id <> $1 ORDER BY n.id, m.id`,
    [READER],
  )
  await sql.query(
    `INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail")
     SELECT m.id, 'PROPOSAL_ENTITY_STATUS', n::text, true, true FROM "Member" m, generate_series(1, 20) n`,
  )
  await sql.query(
    `INSERT INTO "Deadline" (type, key, title, path, about, "endsAtBlock", "endsAt", councillors)
     SELECT CASE WHEN n % 2 = 0 THEN 'ElectionVotingEnding' ELSE 'ProposalDecidingEnding' END, n::text,
       'The end number ' || n, '/#/proposals/preview/' || n, jsonb_build_object('proposalId', n::text), n,
       now() + make_interval(hours => n), CASE WHEN n % 2 = 1 THEN '{1,2,3}'::int[] END
     FROM generate_series(1, $1::int) n`,
    [deadlines],
  )
  await settle(bench)
}

async function poll(url: string, etag?: string) {
  const started = performance.now()
  const response = await fetch(url, { headers: etag ? { 'if-none-match': etag } : {} })
  const { length } = await response.text()
  if (response.status !== (etag ? 304 : 200)) throw new Error(`A feed was answered with ${response.status}`)
  return { ms: performance.now() - started, bytes: length, etag: response.headers.get('etag') ?? '' }
}

async function pollAll(urls: readonly string[], etags?: readonly string[]) {
  const answers: Awaited<ReturnType<typeof poll>>[] = []
  for (const [n, url] of urls.entries()) answers.push(await poll(url, etags?.[n]))
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b)
  return {
    etags: answers.map(({ etag }) => etag),
    bytes: answers.reduce((sum, { bytes }) => sum + bytes, 0),
    meanMs: times.reduce((sum, ms) => sum + ms, 0) / times.length,
    medianMs: rounded(median(times), 2),
    p99Ms: rounded(times[Math.floor(times.length * 0.99)] ?? 0, 2),
  }
}

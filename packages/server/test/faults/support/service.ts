import { createChain, startQueryNode } from 'query-node'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { until } from '../../support/until.ts'
import { startMailServer } from './mail-server.ts'
import { ask, type Postgres, startPostgres } from './postgres.ts'
import { type Options, type Role, start } from './role.ts'

/** Of a notifier: src/outbox/deliver.ts. */
const LEASE_SECONDS = 120
const HOUR = 60 * 60 * 1000
const TABLES = `"Member", "Subscription", "Notification", "Event", "Email", "SetAsideEvent", "WaitingEvent", "AuthorList", "Store", "SignIn", "TokenGeneration", "RateLimit", "SendingPause", "HandOver"`

/** Call once in a test file, for a PostgreSQL of its own. */
export function postgresOfFile(settings: Record<string, string> = {}): () => Postgres {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres(settings)
  })
  afterAll(() => postgres.close())
  return () => postgres
}

/** Call once in a test file: gives each test a service of its own, on the file's PostgreSQL. */
export function services(settings: Record<string, string> = {}) {
  const postgres = postgresOfFile(settings)
  return (members = 20) => createService(postgres(), members)
}

export type Service = Awaited<ReturnType<typeof createService>>

/** A chain with one event: a query node's head is its newest event. */
function quietChain() {
  const chain = createChain({ genesisTime: new Date(Date.now() - HOUR), firstBlock: 1_000 })
  chain.announcingPeriodStarted()
  chain.commitBlock()
  return chain
}

/** Members who follow elections, a query node, a mail server, and a PostgreSQL to break. */
export async function createService(postgres: Postgres, members: number, chain = quietChain()) {
  const { url } = postgres
  const query = <Row extends object>(sql: string, values?: unknown[]) => ask<Row>(url, sql, values)
  const count = async (from: string) => (await query<{ n: number }>(`SELECT count(*)::int AS n FROM ${from}`))[0]?.n
  const node = await startQueryNode(chain)
  onTestFinished(() => node.close())
  const mail = await startMailServer()
  await query(`TRUNCATE ${TABLES} RESTART IDENTITY CASCADE`)
  await query(
    `INSERT INTO "Member" (id, name, email) SELECT n, 'member-' || n, n || '@example.org'
    FROM generate_series(1, $1) n`,
    [members],
  )
  await query(`INSERT INTO "Store" (key, value) VALUES ('Progress', $1)`, [{ block: chain.head }])
  let news = 0

  const service = {
    postgres,
    node,
    chain,
    mail,
    query,
    count,
    /** Adds blocks with one event each that every member follows. */
    news(blocks = 1) {
      for (let block = 0; block < blocks; block++) {
        chain.announcingPeriodStarted()
        chain.commitBlock()
      }
      news += blocks
    },
    start: (role: Role, env: Record<string, string> = {}, options: Options = {}) =>
      start(
        role,
        {
          DATABASE_URL: url,
          QUERY_NODE_ENDPOINT: node.url,
          SMTP_URL: mail.url,
          NOTIFY_INTERVAL: '1',
          NOTIFY_CRON: '* * * * * *',
          ...env,
        },
        options,
      ),
    /** One run of `npm run notify`. */
    async notify(env: Record<string, string> = {}, options: Options = {}) {
      const process = service.start('notify', env, options)
      const [code] = await process.exit
      return { code, ...process }
    },
    /** Time passes until the leases of a dead notifier have ended, at least so many seconds ago. */
    async leasesEnd(secondsAgo = 1) {
      for (const table of ['Email', 'HandOver']) {
        await query(`UPDATE "${table}" SET "leaseUntil" = "leaseUntil" - make_interval(secs => $1)`, [
          LEASE_SECONDS + secondsAgo,
        ])
      }
    },
    /** Waits until every email was sent. */
    allTold: () => until(async () => (await count(`"Email" WHERE status = 'SENT'`)) === news * members),
    /** Every member was notified of every event once, and nothing waits. */
    async expectAllTold() {
      const told = await query<{ times: number; people: number }>(
        `SELECT times, count(*)::int AS people FROM (
          SELECT count(*)::int AS times, count(DISTINCT "eventId")::int AS events FROM "Notification" GROUP BY "memberId"
        ) t WHERE times = events GROUP BY times`,
      )
      expect(told).toEqual([{ times: news, people: members }])
      const emails = await query(`SELECT status, count(*)::int FROM "Email" GROUP BY status`)
      expect(emails).toEqual([{ status: 'SENT', count: news * members }])
      expect(await count('"SetAsideEvent"')).toBe(0)
      expect(new Set(mail.taken).size).toBe(news * members)
    },
  }
  return service
}

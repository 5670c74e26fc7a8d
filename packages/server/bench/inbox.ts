import pg from 'pg'
import { pino } from 'pino'
import { startApi } from '../src/api/server.ts'
import { connectQueryNode } from '../src/chain/client.ts'
import { connect } from '../src/db/client.ts'
import { createTokens } from '../src/members/tokens.ts'
import { addMembers, bench, numbers, rounded, settle } from './support.ts'

/**
 * `npm run bench:inbox -- --notifications 1000000`: what pages of one member's inbox cost in the database. Each query is
 * sent to the API, and the statements that it runs are then timed by EXPLAIN ANALYZE.
 */
const { notifications } = numbers('inbox', 'Measures what pages of an inbox cost in the database', {
  notifications: 1_000_000,
})
const MEMBER = 1
const FIELDS = 'id kind title summary url reason status createdAt'

await bench('inbox', async ({ url, sql }) => {
  await addMembers({ url, sql }, MEMBER, 1_000)
  // A tenth is unread. Few are of a given kind or entity, or archived: those filters have to search far.
  await sql.query(
    `INSERT INTO "Event" (id, type, block, "time", fact, data)
     SELECT 'e' || n, 'PostAdded', n, now(), 'f' || n, '{}' FROM generate_series(1, $1::int) n`,
    [notifications],
  )
  await sql.query(
    `INSERT INTO "Email" (id, "memberId", type, status) SELECT n, $2::int, 'notification', 'SENT'
     FROM generate_series(1, $1::int) n`,
    [notifications, MEMBER],
  )
  await sql.query(
    `INSERT INTO "Notification" ("memberId", kind, "eventId", "eventNumber", "entityId", "isRead", "isArchived", "emailId")
     SELECT $2::int, CASE WHEN n % 100000 = 7 THEN 'FORUM_THREAD_CREATOR' ELSE 'FORUM_POST_ALL' END, 'e' || n, n,
       (n / 50)::text, n % 10 > 0, n % 100000 = 8, n FROM generate_series(1, $1::int) n`,
    [notifications, MEMBER],
  )
  await sql.query(
    `INSERT INTO "Notification" ("memberId", kind, "eventId", "eventNumber", "emailStatus")
     SELECT m, 'FORUM_POST_ALL', 'e' || n, n, 'SENT' FROM generate_series(1, 100) n, generate_series(2, 1000) m`,
  )
  await settle({ sql })

  const { db, pool, close } = connect(url)
  const tokens = createTokens('a secret of the benchmark')
  const log = pino({ level: 'silent' })
  const api = await startApi(
    {
      db,
      pool,
      queryNode: connectQueryNode(url),
      tokens,
      log,
      pioneerUrl: 'https://example.org',
      whyDays: 90,
      emailProviders: [],
    },
    {
      port: 0,
      host: '127.0.0.1',
      corsOrigins: [],
      graphiql: false,
      introspection: false,
      trustedProxies: 0,
      requestsPerMinute: 0,
    },
  )
  const statements = recordStatements()

  async function costMs(field: string): Promise<number> {
    statements.length = 0
    const response = await fetch(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.auth(MEMBER)}` },
      body: JSON.stringify({ query: `{ ${field} }` }),
    })
    const { errors } = (await response.json()) as { errors?: unknown }
    if (errors) throw new Error(`${field}: ${JSON.stringify(errors)}`)
    let total = 0
    for (const { text, values } of [...statements]) {
      const { rows } = await sql.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values)
      const [plan] = rows[0]['QUERY PLAN']
      total += plan['Planning Time'] + plan['Execution Time']
    }
    return rounded(total, 2)
  }

  const page = (args: string) =>
    `notificationsConnection(${args}) { edges { cursor node { ${FIELDS} } } pageInfo { hasNextPage } }`
  try {
    return {
      notifications,
      newestMs: await costMs(`notifications(limit: 50) { ${FIELDS} }`),
      thousandMs: await costMs(`notifications(limit: 1000) { ${FIELDS} }`),
      pageMs: await costMs(page('first: 50')),
      middlePageMs: await costMs(page(`first: 50, after: "${Math.round(notifications / 2)}"`)),
      lastPageMs: await costMs(page('last: 50')),
      unreadPageMs: await costMs(page('first: 50, status: UNREAD')),
      archivePageMs: await costMs(page('first: 50, status: ARCHIVED')),
      rareKindPageMs: await costMs(page('first: 50, kind: FORUM_THREAD_CREATOR')),
      entityPageMs: await costMs(page('first: 50, entityId: "17"')),
      failedPageMs: await costMs(page('first: 50, emailStatus: FAILED')),
      unreadCountMs: await costMs('unreadCount'),
    }
  } finally {
    await api.close()
    await close()
  }
})

/** Records the statements that this process sends from now on, except for the benchmark's own EXPLAIN. */
function recordStatements(): { text: string; values: unknown[] }[] {
  const statements: { text: string; values: unknown[] }[] = []
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [first, second] = args as [string | { text: string; values?: unknown[] }, unknown[] | undefined]
    const text = typeof first === 'string' ? first : first.text
    const values = (typeof first === 'string' ? second : (first.values ?? second)) ?? []
    if (!/^EXPLAIN/.test(text) && /^\s*(SELECT|WITH)/i.test(text)) statements.push({ text, values })
    return Reflect.apply(query, this, args)
  } as typeof query
  return statements
}

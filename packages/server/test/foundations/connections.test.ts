import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { exclusively } from '../../src/db/lease.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { cloneDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const KEEPALIVE = '02'
/** Of the times in /proc/net/tcp. */
const A_SECOND = 100

test('a connection that breaks within a transaction fails only that transaction', async () => {
  const { pool, close } = await cloneDatabase()
  try {
    const broken = inTransaction(pool, async (transaction) => {
      const { rows } = await transaction.query<{ pid: number }>(Prisma.sql`SELECT pg_backend_pid() AS pid`)
      const slow = transaction.query(Prisma.sql`SELECT pg_sleep(10)`)
      await Promise.all([slow, pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])])
    })
    await expect(broken).rejects.toThrow(/terminat/)
    await expect(inTransaction(pool, (transaction) => transaction.query(Prisma.sql`SELECT 1`))).resolves.toBeDefined()
  } finally {
    await close()
  }
})

test.runIf(process.platform === 'linux')(
  'a database that vanishes without a word is asked after within seconds',
  async () => {
    const { pool, close } = await cloneDatabase()
    try {
      const { rows } = await pool.query<{ port: number }>('SELECT inet_client_port() AS port')
      const port = rows[0]?.port.toString(16).toUpperCase().padStart(4, '0')
      // sl, local address, remote address, state, queues, timer:when
      const timer = () => {
        const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n')
        const [, , , , , field = ''] =
          lines.map((line) => line.trim().split(/\s+/)).find(([, local]) => local?.endsWith(`:${port}`)) ?? []
        return field.split(':')
      }
      await until(() => timer()[0] === KEEPALIVE)
      expect(Number.parseInt(timer()[1] ?? '', 16)).toBeLessThanOrEqual(10 * A_SECOND)
    } finally {
      await close()
    }
  },
)

test('PostgreSQL notices within seconds that a machine with the lock has vanished', async () => {
  const { pool, close } = await cloneDatabase()
  try {
    expect(await exclusively(pool, 'something', async () => 'done')).toBe('done')
    const { rows } = await pool.query('SHOW tcp_keepalives_idle')
    expect(rows).toEqual([{ tcp_keepalives_idle: '60' }])
  } finally {
    await close()
  }
})

import { expect, test } from 'vitest'
import { inTransaction } from '../../src/db.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { cloneDatabase } from '../support/database.ts'

test('a connection that breaks within a transaction fails that transaction, and nothing else', async () => {
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

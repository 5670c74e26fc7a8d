import { NOTICE_DEATH, type Pool } from './client.ts'

/**
 * Does some work while no other process does work of the same name on this database. The lock is its connection's, so
 * it goes with a process that dies.
 *
 * @returns what the work returns, or nothing when another process is at it
 */
export async function exclusively<T>(pool: Pool, name: string, work: () => Promise<T>): Promise<T | undefined> {
  // Should its connection break, the work goes on: the cursor itself keeps two runs apart.
  const client = await pool.connect()
  let broken = true
  try {
    // A machine that vanishes says no goodbye: PostgreSQL would keep its lock for two hours.
    const { rows } = await client.query<{ locked: boolean }>(
      `SELECT pg_try_advisory_lock(hashtext($1)) AS locked, ${NOTICE_DEATH}`,
      [name],
    )
    if (!rows[0]?.locked) {
      broken = false
      return undefined
    }
    try {
      return await work()
    } finally {
      // Given back before this returns: a connection that is only closed keeps it for a moment longer, in which the
      // next run would find somebody at work.
      await client.query('SELECT pg_advisory_unlock(hashtext($1))', [name]).then(
        () => {
          broken = false
        },
        () => {},
      )
    }
  } finally {
    client.release(broken)
  }
}

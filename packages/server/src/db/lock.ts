import { KEEPALIVE_SETTINGS, type Pool } from './client.ts'

/**
 * Runs work that only one process on this database may run at a time. The lock belongs to a connection, so it ends with
 * a process that dies.
 * @param name of the work
 * @returns its result, or nothing when another process is running it
 */
export async function exclusively<T>(pool: Pool, name: string, work: () => Promise<T>): Promise<T | undefined> {
  // If its connection breaks, the work continues: the cursor itself keeps two runs apart.
  const client = await pool.connect()
  let broken = true
  try {
    // PostgreSQL would keep the lock of a machine that vanished for two hours.
    const { rows } = await client.query<{ locked: boolean }>(
      `SELECT pg_try_advisory_lock(hashtext($1)) AS locked, ${KEEPALIVE_SETTINGS}`,
      [name],
    )
    if (!rows[0]?.locked) {
      broken = false
      return undefined
    }
    try {
      return await work()
    } finally {
      // Released before this returns: closing the connection would keep the lock for a moment longer, and the next run
      // would find it taken.
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

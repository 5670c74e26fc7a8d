import type { Pool } from './client.ts'

/**
 * Runs work that only one process on this database may run at a time. The lock belongs to a transaction, so it ends with
 * a process that dies, and a pooler cannot leave it to somebody else.
 * @param name of the work
 * @returns its result, or nothing when another process is running it
 */
export async function exclusively<T>(pool: Pool, name: string, work: () => Promise<T>): Promise<T | undefined> {
  // If its connection breaks, the work continues: the cursor itself keeps two runs apart.
  const client = await pool.connect()
  let broken = true
  try {
    await client.query('BEGIN')
    try {
      // This transaction is idle while the work runs.
      const { rows } = await client.query<{ locked: boolean }>(
        `SELECT pg_try_advisory_xact_lock(hashtext($1)) AS locked,
          set_config('idle_in_transaction_session_timeout', '0', true)`,
        [name],
      )
      return rows[0]?.locked ? await work() : undefined
    } finally {
      // Released before this returns: closing the connection would keep the lock for a moment longer, and the next run
      // would find it taken.
      await client.query('COMMIT').then(
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

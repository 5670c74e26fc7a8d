import pg from 'pg'

/**
 * Does some work while no other process does work of the same name on this database. The lock is the connection's, so
 * it goes with a process that dies.
 *
 * @param url PostgreSQL connection string
 * @returns what the work returns, or nothing when another process is at it
 */
export async function exclusively<T>(url: string, name: string, work: () => Promise<T>): Promise<T | undefined> {
  const client = new pg.Client({ connectionString: url, application_name: `notifications: ${name}` })
  // Should the connection break, the work goes on: the cursor itself keeps two runs apart.
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock(hashtext($1)) AS locked', [
      name,
    ])
    return rows[0]?.locked ? await work() : undefined
  } finally {
    await client.end().catch(() => {})
  }
}

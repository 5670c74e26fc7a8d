import { query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { Job } from './job.ts'

const BATCH = 1_000

/** Those that are over explain when members were told, as long as the events do. */
export const forgetDeadlines: Job = {
  name: 'forget deadlines',
  intervalSeconds: 3_600,
  async runBatch({ pool, config }) {
    const { rowCount } = await query(
      pool,
      Prisma.sql`
      DELETE FROM "Deadline" WHERE id IN (
        SELECT id FROM "Deadline" WHERE "goneAt" < now() - make_interval(days => ${config.whyDays}::int)
        ORDER BY id LIMIT ${BATCH}::int
        FOR UPDATE SKIP LOCKED
      )`,
    )
    return rowCount === BATCH
  },
}

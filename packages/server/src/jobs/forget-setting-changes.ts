import { query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { Job } from './job.ts'

const BATCH = 1_000

/** They explain events, whose rules are forgotten at the same age. */
export const forgetSettingChanges: Job = {
  name: 'forget changes of settings',
  intervalSeconds: 3_600,
  async runBatch({ pool, config }) {
    const { rowCount } = await query(
      pool,
      Prisma.sql`
      DELETE FROM "SettingChange" WHERE id IN (
        SELECT id FROM "SettingChange" WHERE "createdAt" < now() - make_interval(days => ${config.whyDays}::int)
        ORDER BY "createdAt" LIMIT ${BATCH}::int
        FOR UPDATE SKIP LOCKED
      )`,
    )
    return rowCount === BATCH
  },
}

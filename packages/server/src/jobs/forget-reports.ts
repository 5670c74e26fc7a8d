import { forgetHandOvers } from '../outbox/begun.ts'
import { forgetHours } from '../outbox/rates.ts'
import { forgetSuppressions } from '../outbox/suppression.ts'
import type { Job } from './job.ts'

const BATCH = 1_000

export const forgetReports: Job = {
  name: 'forget reports of emails',
  intervalSeconds: 3_600,
  runBatch: async ({ pool }) => {
    const deleted = [
      await forgetHours(pool, BATCH),
      await forgetSuppressions(pool, BATCH),
      await forgetHandOvers(pool, BATCH),
    ]
    return deleted.includes(BATCH)
  },
}

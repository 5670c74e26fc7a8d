import { forgetDeadlines } from './forget-deadlines.ts'
import { forgetRateLimits } from './forget-rate-limits.ts'
import { forgetReports } from './forget-reports.ts'
import { forgetRules } from './forget-rules.ts'
import { forgetSettingChanges } from './forget-setting-changes.ts'
import type { Job } from './job.ts'

/** Every job. One more is one more file and one more line here. */
export const jobs: readonly Job[] = [
  forgetRateLimits,
  forgetRules,
  forgetSettingChanges,
  forgetReports,
  forgetDeadlines,
]

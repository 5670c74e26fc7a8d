import type { Pool } from '../db/client.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import { pause } from '../lib/wait.ts'
import type { Job } from './job.ts'
import { claimJob, endJob, type Lease, renewLease } from './lease.ts'
import { jobs as allJobs } from './list.ts'

export type JobDeps = {
  pool: Pool
  log: Logger
  /** Once aborted, the running batch is finished and nothing more is begun. */
  stop?: AbortSignal
}

const CHECK_EVERY_MS = 60_000

/**
 * Runs the jobs that are due, one after the other. A job that fails is logged and noted, and keeps none of the others
 * from running.
 * @throws what the database answers when it cannot be asked for jobs
 */
export async function runDueJobs(deps: JobDeps, jobs: readonly Job[] = allJobs): Promise<void> {
  while (!deps.stop?.aborted) {
    const lease = await claimJob(deps.pool, jobs)
    const job = jobs.find(({ name }) => name === lease?.name)
    if (!lease || !job) return
    await runJob(deps, job, lease)
  }
}

/** Runs jobs as they become due, until the signal. */
export async function keepRunningJobs(deps: JobDeps & { stop: AbortSignal }): Promise<void> {
  let failing = false
  while (!deps.stop.aborted) {
    try {
      await runDueJobs(deps)
      failing = false
    } catch (error) {
      // Logged once: the next check is in a minute.
      if (!failing) deps.log.error(`Jobs wait: ${explain(error).message}`)
      failing = true
    }
    await pause(CHECK_EVERY_MS, deps.stop)
  }
}

async function runJob({ pool, log, stop }: JobDeps, job: Job, claimed: Lease): Promise<void> {
  let lease = claimed
  try {
    while (await job.runBatch({ pool })) {
      const renewed = await renewLease(pool, lease)
      if (!renewed) return
      lease = renewed
      if (stop?.aborted) return await endJob(pool, lease, null)
    }
    await endJob(pool, lease, { error: null })
  } catch (error) {
    const { message, known } = explain(error)
    log.error(known ? {} : { err: error }, `Job failed: "${job.name}" runs again when it is next due. ${message}`)
    await endJob(pool, lease, { error: message })
  }
}

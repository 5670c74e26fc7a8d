import { exclusively, type Lease, LeaseLost } from '../db/lease.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import { pause } from '../lib/wait.ts'
import { dueJobs, noteEnd } from './due.ts'
import type { BatchDeps, Job } from './job.ts'
import { jobs as allJobs } from './list.ts'

export type JobDeps = BatchDeps & {
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
  const due = await dueJobs(deps.pool, jobs)
  for (const job of jobs.filter(({ name }) => due.has(name))) {
    if (deps.stop?.aborted) return
    await exclusively(deps.pool, `job: ${job.name}`, async (lease) => {
      // Another process can have done it since.
      if ((await dueJobs(deps.pool, [job])).has(job.name)) await runJob(deps, job, lease)
    })
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

/** One that is interrupted is due again at once. */
async function runJob({ pool, config, log, stop }: JobDeps, job: Job, lease: Lease): Promise<void> {
  let failure: string | null = null
  try {
    while (await job.runBatch({ pool, config })) {
      if (stop?.aborted) return
      await lease.check()
    }
  } catch (error) {
    if (error instanceof LeaseLost) throw error
    const { message, known } = explain(error)
    log.error(known ? {} : { err: error }, `Job failed: "${job.name}" runs again when it is next due. ${message}`)
    failure = message
  }
  await lease.inTransaction((transaction) => noteEnd(transaction, job, failure))
}

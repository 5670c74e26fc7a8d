import { schedule } from 'node-cron'
import { watchClock } from '../lib/clock.ts'
import { explain } from '../lib/explain.ts'
import { createRests } from '../lib/rests.ts'
import { aborted, pause } from '../lib/wait.ts'
import { many, runAndReport } from './report.ts'
import { type NotifierDeps, read, send } from './run.ts'

/** When the notifier runs: at a cron expression in UTC, or seconds after the last run. */
export type Plan = { cron: string } | { seconds: number }

/** An email that becomes due between two runs waits no longer than this. */
const SEND_EVERY_MS = 2_000
/** When no email can be written. A pause of the provider is in the database instead, where it can end at any time. */
const UNWRITABLE_PAUSE_MS = 60_000
/** A run may be late by this, because the machine slept or was busy. */
const MAX_LATENESS_MS = 24 * 60 * 60 * 1000

/**
 * Keeps the notifier running: reads news as scheduled, and sends emails as they become due. Failures are logged and
 * retried at the next run.
 *
 * Runs only read. One loop sends, so that a clock which jumps past the end of a lease cannot make this process send an
 * email twice at the same time.
 * @param sendEveryMs how long emails wait between two looks at the outbox
 * @returns when it was stopped and everything begun is finished
 */
export async function work(
  deps: NotifierDeps & { stop: AbortSignal },
  plan: Plan,
  sendEveryMs = SEND_EVERY_MS,
): Promise<void> {
  const rests = createRests(deps.stop)
  const reading = { ...deps, emailsWait: rests.end }
  await Promise.all([
    'cron' in plan ? runByCron(reading, plan.cron) : runEvery(reading, plan.seconds),
    keepSending(deps, rests.rest, sendEveryMs),
  ])
}

async function runEvery(deps: NotifierDeps & { stop: AbortSignal }, seconds: number): Promise<void> {
  while (!deps.stop.aborted) {
    await tryRun(deps)
    await pause(seconds * 1000, deps.stop)
  }
}

async function runByCron(deps: NotifierDeps & { stop: AbortSignal }, expression: string): Promise<void> {
  const { log, stop } = deps
  let running: Promise<unknown> = Promise.resolve()
  const say = (message: string | Error) => log.debug(String(message))
  const task = schedule(
    expression,
    () => {
      const run = tryRun(deps)
      running = Promise.all([running, run])
      return run
    },
    // A skipped run loses nothing: the next one reads its blocks.
    {
      noOverlap: true,
      timezone: 'UTC',
      missedExecutionTolerance: MAX_LATENESS_MS,
      logger: { info: say, warn: say, error: say, debug: say },
    },
  )
  task.on('execution:overlap', () => log.info('The last run is still going: the next one is skipped'))
  log.info(`The notifier runs at ${expression} (UTC), next at ${task.getNextRun()?.toISOString()}`)
  const unwatch = watchClock(async (seconds) => {
    await task.stop()
    await task.start()
    const jump = `${Math.abs(seconds)} seconds ${seconds < 0 ? 'back' : 'ahead'}`
    log.warn(`The system's clock went ${jump}: the next run is at ${task.getNextRun()?.toISOString()}`)
  })
  await aborted(stop)
  unwatch()
  await task.destroy()
  await running
}

async function tryRun(deps: NotifierDeps): Promise<void> {
  try {
    await runAndReport(deps, read)
  } catch (error) {
    const { message, known } = explain(error)
    deps.log.error(known ? {} : { err: error }, `The run failed, the next one tries again: ${message}`)
  }
}

async function keepSending(
  deps: NotifierDeps & { stop: AbortSignal },
  rest: (ms: number) => Promise<void>,
  sendEveryMs: number,
): Promise<void> {
  const { log, stop } = deps
  let failing = false
  while (!stop.aborted) {
    let restMs = sendEveryMs
    try {
      const { sent, retrying, failed, stopped } = await send(deps)
      if (sent + retrying + failed > 0) {
        log.info(
          { sent, retrying, failed },
          `${many(sent, 'email')} sent, ${retrying} to be tried again, ${failed} failed`,
        )
      }
      if (stopped?.waitSeconds === 0) restMs = UNWRITABLE_PAUSE_MS
      if (failing) log.info('Emails are sent again')
      failing = false
    } catch (error) {
      // Logged once: the retry runs every few seconds.
      if (!failing) log.error(`Emails wait, and sending is retried every few seconds: ${explain(error).message}`)
      failing = true
    }
    await rest(restMs)
  }
}

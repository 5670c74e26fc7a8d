import { type Config, ConfigError, loadConfig, newWarnings } from '../config/config.ts'
import { openDatabase } from '../db/client.ts'
import { LIMITS, type Limits } from '../db/session.ts'
import { explain } from '../lib/explain.ts'
import { createLogger, type Logger } from '../lib/logger.ts'

export type Tools = {
  config: Config
  log: Logger
  database: Awaited<ReturnType<typeof openDatabase>>
  /** Aborted by SIGINT or SIGTERM: finish and record the work in hand. A second signal ends the process at once. */
  stop: AbortSignal
}

/**
 * Runs a process from start to end. A failure is logged in one line, and the exit code is 1.
 * @param work gives the exit code
 * @param limits of its statements
 */
export async function command(
  work: (tools: Tools) => Promise<number>,
  limits: Limits = LIMITS.notifier,
): Promise<void> {
  try {
    const config = loadConfig()
    const log = createLogger(config)
    for (const warning of newWarnings(config)) log.warn(`Configuration: ${warning}`)
    const stop = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
    const database = await openDatabase(config, limits)
    try {
      process.exitCode = await work({ config, log, database, stop: stop.signal })
    } catch (error) {
      const { message, known } = explain(error)
      if (known) log.error(message)
      else log.error({ err: error }, `Given up, nothing is lost: ${message}`)
      process.exitCode = 1
      // What else the process does must not go on without its database.
      stop.abort()
    } finally {
      await database.close()
    }
  } catch (error) {
    const { message, known } = explain(error)
    if (error instanceof ConfigError) console.error(error.report())
    else console.error(known ? message : error)
    process.exitCode = 1
  }
}

import type { Logger } from '../lib/logger.ts'

const LOG_EVERY_MS = 5_000

export function createProgress(log: Logger, firstBlock: number, lastBlock: number) {
  const started = performance.now()
  let said = started
  return (block: number, { events, notifications }: { events: number; notifications: number }) => {
    const now = performance.now()
    if (now - said < LOG_EVERY_MS || block >= lastBlock) return
    said = now
    const rate = Math.round(events / ((now - started) / 1000))
    const done = `${block - firstBlock} of ${lastBlock - firstBlock} blocks`
    log.info(
      `Working through a backlog: ${done}, ${events} events, ${notifications} notifications, ${rate} events a second`,
    )
  }
}

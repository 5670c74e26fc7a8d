import type { Logger } from '../lib/logger.ts'

/** Milliseconds between two lines. */
const PAUSE = 5_000

/** Says now and then how far a long backlog is worked through. */
export function createProgress(log: Logger, firstBlock: number, lastBlock: number) {
  const started = performance.now()
  let said = started
  return (block: number, { events, notifications }: { events: number; notifications: number }) => {
    const now = performance.now()
    if (now - said < PAUSE || block >= lastBlock) return
    said = now
    const rate = Math.round(events / ((now - started) / 1000))
    const done = `${block - firstBlock} of ${lastBlock - firstBlock} blocks`
    log.info(
      `Working through a backlog: ${done}, ${events} events, ${notifications} notifications, ${rate} events a second`,
    )
  }
}

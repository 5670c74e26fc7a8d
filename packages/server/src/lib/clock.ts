/** Milliseconds between two looks at the clock, and how far it may drift meanwhile. */
const PAUSE = 5_000
const DRIFT = 10_000

/**
 * Calls back when the system's clock was set, or the machine slept. Timers do not follow it: what is planned by the
 * time of day has to be planned again.
 *
 * @param jumped is told by how many seconds, ahead or (negative) back
 * @returns what ends it
 */
export function onClockJump(jumped: (seconds: number) => void): () => void {
  const sinceStart = () => Date.now() - performance.now()
  let offset = sinceStart()
  const timer = setInterval(() => {
    const by = sinceStart() - offset
    offset += by
    if (Math.abs(by) > DRIFT) jumped(Math.round(by / 1000))
  }, PAUSE)
  return () => clearInterval(timer)
}

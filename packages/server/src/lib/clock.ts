const CHECK_EVERY_MS = 5_000
const MAX_DRIFT_MS = 10_000

/**
 * Calls back when the system clock was set or the machine slept. Timers do not follow the clock, so work that is
 * scheduled by the time of day has to be scheduled again.
 * @param jumped receives the jump; negative when the clock went back
 */
export function watchClock(jumped: (seconds: number) => void): () => void {
  const sinceStart = () => Date.now() - performance.now()
  let offset = sinceStart()
  const timer = setInterval(() => {
    const byMs = sinceStart() - offset
    offset += byMs
    if (Math.abs(byMs) > MAX_DRIFT_MS) jumped(Math.round(byMs / 1000))
  }, CHECK_EVERY_MS)
  return () => clearInterval(timer)
}

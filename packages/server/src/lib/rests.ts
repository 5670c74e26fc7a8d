import { pause } from './wait.ts'

/** Pauses that `end` cuts short: the one under way, or else the next one. */
export function createRests(stop: AbortSignal) {
  let ending = new AbortController()
  const end = () => ending.abort()
  stop.addEventListener('abort', end, { once: true })
  return {
    end,
    async rest(ms: number): Promise<void> {
      await pause(ms, ending.signal)
      if (!stop.aborted) ending = new AbortController()
    },
  }
}

import { setTimeout as sleep } from 'node:timers/promises'

export const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => {})

/** The promise's value, or another one when it takes longer than that. */
export async function withTimeout<T>(promise: Promise<T>, ms: number, otherwise: T): Promise<T> {
  const settled = new AbortController()
  const late = pause(ms, settled.signal).then(() => otherwise)
  try {
    return await Promise.race([promise, late])
  } finally {
    settled.abort()
  }
}

/** Resolves when the signal is aborted; at once when it is already. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

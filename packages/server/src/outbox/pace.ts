import { pause } from '../lib/wait.ts'
import type { Provider } from './provider.ts'

/** When a provider may get the next email, in milliseconds of `performance.now()`. */
const nextMs = new WeakMap<Provider, number>()

/** Waits until the provider may get so many emails, as fast as this process may send. */
export async function pace(provider: Provider, emails: number, stop: AbortSignal | undefined): Promise<void> {
  const { perSecond } = provider
  if (perSecond === undefined) return
  const nowMs = performance.now()
  const startMs = Math.max(nowMs, nextMs.get(provider) ?? 0)
  nextMs.set(provider, startMs + (emails * 1000) / perSecond)
  if (startMs > nowMs) await pause(startMs - nowMs, stop)
}

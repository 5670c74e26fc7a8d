import type { Outcome } from '../../outbox/provider.ts'

/** After this time the outcome is unknown. */
export const HTTP_TIMEOUT_MS = 30_000

/** Interprets a provider's answer over HTTP. @param body its explanation for people */
export function outcomeOfAnswer(status: number, headers: HeadersInit, body: string): Outcome {
  const reason = `answered ${status}${body && `: ${body.slice(0, 300)}`}`
  if (status === 400 || status === 413) return { result: 'rejected', reason }
  if (status === 429) return { result: 'unavailable', reason, retryAfterMs: waitMs(new Headers(headers)) }
  // The account's fault: a wrong key, no credit, an unknown domain.
  if (status > 400 && status < 500 && status !== 408) return { result: 'unavailable', reason }
  return { result: 'failed', reason }
}

export function outcomeOfError(error: unknown): Outcome {
  const { code, message } = rootOf(error)
  const reason = `gave no answer: ${message || code}`
  return neverArrived(code) ? { result: 'unavailable', reason } : { result: 'failed', reason }
}

const NEVER_ARRIVED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Whether no connection was made, so that nothing can have been accepted. */
export const neverArrived = (code: string | undefined) =>
  code !== undefined && (NEVER_ARRIVED.has(code) || /^ERR_TLS|CERT|_SIGNATURE$/.test(code))

type CodedError = { code?: string; message: string }

/** The cause says more than the client's `fetch failed`. */
function rootOf(error: unknown): CodedError {
  if (error instanceof AggregateError && error.errors.length) return rootOf(error.errors[0])
  if (!(error instanceof Error)) return { message: String(error) }
  if (error.cause instanceof Error) return rootOf(error.cause)
  return 'code' in error && typeof error.code === 'string' ? { code: error.code, message: error.message } : error
}

/** RFC 9110, 10.2.3: seconds or a date. SendGrid names the second at which its limit ends. */
function waitMs(headers: Headers): number | undefined {
  const after = headers.get('Retry-After')
  const reset = headers.get('X-RateLimit-Reset')
  const wait = after
    ? Number(after) * 1000 || Date.parse(after) - Date.now()
    : reset
      ? Number(reset) * 1000 - Date.now()
      : Number.NaN
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined
}

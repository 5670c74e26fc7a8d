import { z } from 'zod'
import type { MailingOutcome, Outcome, Recipient } from '../../outbox/provider.ts'
import { toOutcome, verdictOfAnswer } from './verdicts.ts'

/** After this time the outcome is unknown. */
export const HTTP_TIMEOUT_MS = 30_000
/** More of an answer is not read. */
export const MAX_ANSWER_BYTES = 64 * 1024
const MAX_REASON_LENGTH = 300

export type Answer = { status: number; headers: Headers; body: string }

type Request = { url: string; headers: Record<string, string>; body: string | FormData; timeoutMs: number }

/**
 * Sends one request, and follows no redirect: nobody but the provider gets the key and the email.
 * @throws what `fetch` throws when there is no answer
 */
export async function post({ url, headers, body, timeoutMs }: Request): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs)
  const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
  return { status: response.status, headers: response.headers, body: await beginning(response) }
}

/** The status counts even when the connection breaks in the body. */
async function beginning({ body }: Response): Promise<string> {
  if (!body) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= MAX_ANSWER_BYTES) break
    }
  } catch {
    // What was read until then is kept.
  }
  return Buffer.concat(chunks).toString('utf8', 0, MAX_ANSWER_BYTES)
}

/** How a provider's answers are read. */
export type Reading = {
  /** What it calls the email that it has accepted, if it says so. Undefined: the answer is no proof. */
  acceptedAs: (answer: Answer) => string | null | undefined
  /** Whether emails were delivered after such an answer, though it says that nothing was accepted. */
  isInDoubt?: (answer: Answer) => boolean
}

/** Hands one email over. @param to the recipient's address */
export async function outcomeOf(request: () => Promise<Answer>, reading: Reading, to: string): Promise<Outcome> {
  try {
    const answer = await request()
    const messageId = reading.acceptedAs(answer)
    if (messageId !== undefined) return { result: 'sent', messageId }
    const outcome = outcomeOfAnswer(answer, to)
    return outcome.result === 'unavailable' && reading.isInDoubt?.(answer) ? { ...outcome, mayHaveIt: true } : outcome
  } catch (error) {
    return outcomeOfError(error)
  }
}

/** Hands one email to many recipients over: what would be one recipient's fault refuses the whole. */
export async function outcomeOfMailing(
  request: () => Promise<Answer>,
  reading: Reading,
  recipients: readonly Recipient[],
): Promise<MailingOutcome> {
  let answered = ''
  const asked = async () => {
    const answer = await request()
    answered = answer.body
    return answer
  }
  const outcome = await outcomeOf(asked, reading, '')
  if (outcome.result === 'sent' || outcome.result === 'unavailable' || outcome.result === 'unknown') return outcome
  return { result: 'refused', reason: outcome.reason, named: namedIn(answered, recipients) }
}

/** Interprets an answer that is no proof of acceptance. @param to the recipient's address */
function outcomeOfAnswer({ status, headers, body }: Answer, to: string): Outcome {
  const isPage = /html/i.test(headers.get('Content-Type') ?? '') || /^\s*</.test(body)
  const verdict = verdictOfAnswer({ status: String(status), isPage, blames: isPage ? undefined : blamed(body, to) })
  const said = body.slice(0, MAX_REASON_LENGTH).trim()
  return toOutcome(verdict, `answered ${status}${said && `: ${said}`}`, waitMs(status, headers))
}

function outcomeOfError(error: unknown): Outcome {
  const root = rootOf(error)
  const reason = `gave no answer: ${root.message || root.code}`
  return toOutcome(mayHaveArrived(root) ? 'unknown' : 'nobody for now', reason)
}

/** SendGrid gives the position of a recipient; a sentence can quote addresses. */
function namedIn(body: string, recipients: readonly Recipient[]): Map<number, string> {
  const positions = new Map(recipients.map(({ to }, n) => [to.toLowerCase(), n]))
  const named = new Map<number, string>()
  for (const { field, message } of errorsIn(body)) {
    const [, position] = /^personalizations\.(\d+)(\.|$)/.exec(field ?? '') ?? []
    const quoted = position === undefined ? message.toLowerCase().split(/[\s<>"'`,;()[\]]+/) : []
    for (const n of [
      position === undefined ? undefined : Number(position),
      ...quoted.map((word) => positions.get(word.replace(/[.:]+$/, ''))),
    ]) {
      if (n !== undefined && n < recipients.length)
        named.set(n, message.slice(0, MAX_REASON_LENGTH) || 'it was refused')
    }
  }
  return named
}

const explanation = z.union([
  z.object({ errors: z.array(z.object({ message: z.string().catch(''), field: z.string().nullish().catch(null) })) }),
  z.object({ message: z.string() }).transform(({ message }) => ({ errors: [{ message, field: null }] })),
])

/** An account that may not send yet is the sender's fault too. */
const SENDER =
  /(^|['"`])from\b|\bfrom['"`]? (address|e-?mail|parameter|field|header)|\bsender\b|\bsandbox\b|\baccount\b/i
const RECIPIENT = /(^|['"`])to\b|\bto['"`]? (address|e-?mail|parameter|field|header)|\brecipient\b/i

/** SendGrid names the field, and Mailgun writes a sentence. */
function blamed(body: string, to: string): 'sender' | 'recipient' | undefined {
  const errors = errorsIn(body)
  const about = ({ field, message }: (typeof errors)[number], prefix: RegExp, words: RegExp) =>
    field ? prefix.test(field) : words.test(message)
  if (errors.some((error) => about(error, /^(from|reply_to)\b/, SENDER))) return 'sender'
  const named = (message: string) => message.toLowerCase().includes(to.toLowerCase())
  if (errors.some((error) => about(error, /^personalizations\b/, RECIPIENT) || named(error.message))) return 'recipient'
  return undefined
}

function errorsIn(body: string) {
  try {
    return explanation.parse(JSON.parse(body)).errors
  } catch {
    return [{ message: body, field: null }]
  }
}

type RootError = { name?: string; code?: string; syscall?: string; message: string }

/** The cause says more than `fetch failed`. */
function rootOf(error: unknown): RootError {
  if (error instanceof AggregateError && error.errors.length) return rootOf(error.errors[0])
  if (!(error instanceof Error)) return { message: String(error) }
  return error.cause instanceof Error ? rootOf(error.cause) : (error as RootError)
}

/** Not without a connection that was made and secured, nor when the request could not be written. */
function mayHaveArrived({ name, code = '', syscall = '', message }: RootError): boolean {
  if (/^(connect|getaddrinfo)/.test(syscall) || /before secure TLS connection/.test(message)) return false
  if (/^(UND_ERR_CONNECT_TIMEOUT|EPROTO|ERR_(TLS|SSL).*|.*CERT.*|.*_SIGNATURE)$/.test(code)) return false
  return name === 'TimeoutError' || /^(E|UND_ERR_|HPE_)/.test(code)
}

/** RFC 9110, 10.2.3: seconds or a date. SendGrid names the second at which its rate limit ends. */
function waitMs(status: number, headers: Headers): number | undefined {
  const after = headers.get('Retry-After')
  const reset = status === 429 ? headers.get('X-RateLimit-Reset') : null
  const waits = [
    after === null ? Number.NaN : /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now(),
    reset === null ? Number.NaN : Number(reset) * 1000 - Date.now(),
  ].filter((wait) => wait > 0)
  // A limit that does not say how long it lasts is one.
  return waits.length ? Math.max(...waits) : status === 429 ? 0 : undefined
}

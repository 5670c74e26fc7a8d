import type { Outcome } from '../../outbox/provider.ts'

/** Whose fault it is that an email was not taken, and for how long. */
export type Verdict =
  | 'recipient never'
  | 'recipient later'
  /** A code with which servers defer one recipient, and also everybody while they are in trouble. */
  | 'recipient or nobody, later'
  | 'message never'
  | 'nobody for now'
  | 'unknown'

/** `hello`: all that comes before the sender, the login included. */
export type Stage = 'hello' | 'sender' | 'recipient' | 'data'

/** An SMTP server's reply. `code`: such as `550`; `status`: such as `5.1.1` (RFC 3463), or empty. */
export type Reply = { stage: Stage; code: string; status: string; text: string }

type SmtpRow = {
  what: string
  stages?: Stage[]
  code?: RegExp
  status?: RegExp
  text?: RegExp
  verdict: Verdict
}

const BARE = /^$/
const ALL_SENDERS =
  /\brelay|authenticat|authori[sz]ed|access denied|prohibit|\bsender\b|rcpthosts|\b(black|block)(ed|list)/i

/** The first row that matches counts. */
const SMTP_ROWS: readonly SmtpRow[] = [
  { what: 'limits, shutdowns, logins', code: /^(421|432|454|503|521|53\d|571)$/, verdict: 'nobody for now' },
  { what: 'a message that is too large', status: /^5\.3\.4$/, verdict: 'message never' },
  // RFC 6531: also said of a sender, for the sake of this recipient.
  { what: 'letters outside ASCII', status: /^5\.6\.[79]$/, verdict: 'recipient never' },
  { what: 'the connection', stages: ['hello'], verdict: 'nobody for now' },
  { what: 'the sender', stages: ['sender'], verdict: 'nobody for now' },
  { what: 'the sender, said later', status: /^[45]\.1\.([78]|90)$/, verdict: 'nobody for now' },
  { what: "the server's state", status: /^[45]\.(3\.\d+|4\.5)$/, verdict: 'nobody for now' },
  { what: 'a policy', status: /^5\.7\.\d+$/, verdict: 'nobody for now' },
  { what: 'a full or unverified mailbox', status: /^4\.[12]\.\d+$/, verdict: 'recipient later' },
  { what: 'greylisting', status: /^4\.7\.\d+$/, verdict: 'recipient or nobody, later' },
  { what: 'greylisting in words', stages: ['recipient'], code: /^4/, verdict: 'recipient or nobody, later' },
  { what: 'a server in trouble', code: /^4/, verdict: 'nobody for now' },
  { what: 'an address that does not exist', status: /^5\.[12]\.\d+$/, verdict: 'recipient never' },
  { what: 'a policy in words', stages: ['recipient'], status: BARE, text: ALL_SENDERS, verdict: 'nobody for now' },
  { what: 'missing commands', stages: ['recipient'], status: BARE, code: /^50[024]$/, verdict: 'nobody for now' },
  { what: 'a refused recipient', stages: ['recipient'], code: /^5/, verdict: 'recipient never' },
  { what: 'a refused message', stages: ['data'], code: /^5/, verdict: 'message never' },
]

/** Any other reply is no refusal: the server may have taken the message. */
export const verdictOfReply = (reply: Reply): Verdict =>
  SMTP_ROWS.find(
    ({ stages, code, status, text }) =>
      (stages?.includes(reply.stage) ?? true) &&
      (code?.test(reply.code) ?? true) &&
      (status?.test(reply.status) ?? true) &&
      (text?.test(reply.text) ?? true),
  )?.verdict ?? 'unknown'

/** An answer of an API without the proof that it accepted the email. `isPage`: it is HTML, so a proxy sent it. */
export type ApiAnswer = { status: string; isPage: boolean; blames: 'sender' | 'recipient' | undefined }

type ApiRow = { what: string; verdict: Verdict; status: RegExp } & Partial<Omit<ApiAnswer, 'status'>>

const API_ROWS: readonly ApiRow[] = [
  { what: 'a redirect', status: /^3/, verdict: 'nobody for now' },
  { what: 'a page of somebody else', status: /^2|^400$/, isPage: true, verdict: 'nobody for now' },
  { what: 'a request that is too large', status: /^413$/, verdict: 'message never' },
  { what: 'a bad sender', status: /^400$/, blames: 'sender', verdict: 'nobody for now' },
  { what: 'a bad recipient', status: /^400$/, blames: 'recipient', verdict: 'recipient never' },
  { what: 'any other mistake in the request', status: /^400$/, verdict: 'message never' },
  { what: 'a wrong key, no credit, limits, accidents', status: /^[45]/, verdict: 'nobody for now' },
]

/** Any other answer may mean that the email was accepted. */
export const verdictOfAnswer = (answer: ApiAnswer): Verdict =>
  API_ROWS.find(
    ({ status, isPage = answer.isPage, blames = answer.blames }) =>
      status.test(answer.status) && isPage === answer.isPage && blames === answer.blames,
  )?.verdict ?? 'unknown'

/** @param retryAfterMs how long the provider asked to be left alone */
export function toOutcome(verdict: Verdict, reason: string, retryAfterMs?: number): Outcome {
  switch (verdict) {
    case 'recipient never':
      return { result: 'rejected', reason }
    case 'message never':
      return { result: 'rejected', fault: 'message', reason }
    case 'recipient later':
      return { result: 'failed', reason }
    case 'recipient or nobody, later':
      return { result: 'failed', inDoubt: true, reason }
    case 'nobody for now':
      return { result: 'unavailable', reason, ...(retryAfterMs !== undefined && { retryAfterMs }) }
    case 'unknown':
      return { result: 'unknown', reason }
  }
}

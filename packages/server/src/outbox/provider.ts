export type OutgoingEmail = {
  id: number
  to: string
  subject: string
  html: string
  text: string
  /** Our own Message-ID header, angle brackets included. The same at each attempt, so that a repeat can be recognised. */
  messageId: string
  /** More headers, by name. */
  headers: Record<string, string>
}

export type Outcome =
  /** Accepted, with the provider's proof. `messageId`: the provider's id, for its support and its logs. */
  | { result: 'sent'; messageId: string | null }
  /** Never accepted, by the fault of the recipient's address or of the message: it is not tried again. */
  | { result: 'rejected'; fault?: 'message'; reason: string }
  /** Not accepted for this recipient now. `inDoubt`: with an answer that everybody gets from a server in trouble. */
  | { result: 'failed'; inDoubt?: true; reason: string }
  /** Handed over without an answer: it may have been accepted. */
  | { result: 'unknown'; reason: string }
  /** It takes fewer emails at a time, as `concurrency` now says: this one is handed over again. */
  | { result: 'busy'; reason: string }
  /** Accepted from nobody for now (a wrong key, a limit, an outage): no attempt counts. */
  | { result: 'unavailable'; reason: string; retryAfterMs?: number }

export type Provider = {
  name: string
  /** Never throws: whatever happens is an outcome. */
  send: (email: OutgoingEmail) => Promise<Outcome>
  /** How many emails it takes at the same time by now: at most CONCURRENCY, which is the default. */
  concurrency?: () => number
  /** Closes its connections. Nothing is sent after that. */
  close: () => Promise<void>
}

export const CONCURRENCY = 10

export type OutgoingEmail = {
  id: number
  to: string
  subject: string
  html: string
  text: string
  /** Our own Message-ID header, angle brackets included. The same at each attempt, so that a repeat can be recognised. */
  messageId: string
}

export type Outcome =
  /** Accepted. `messageId`: the provider's id, for its support and its logs. */
  | { result: 'sent'; messageId: string | null }
  /** This email will never be accepted: it is not tried again. */
  | { result: 'rejected'; reason: string }
  /** Refused for now, or unknown (a timeout, a reset connection): it is tried again later. */
  | { result: 'failed'; reason: string }
  /**
   * The provider accepts nothing for now (a wrong key, a limit, no connection): emails stay pending and no attempt is
   * counted.
   */
  | { result: 'unavailable'; reason: string; retryAfterMs?: number }

export type Provider = {
  name: string
  /** Never throws: whatever happens is an outcome. */
  send: (email: OutgoingEmail) => Promise<Outcome>
  /** Closes its connections. Nothing is sent after that. */
  close: () => Promise<void>
}

export const CONCURRENCY = 10

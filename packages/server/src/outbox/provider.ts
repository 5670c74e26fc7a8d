export type OutgoingEmail = {
  id: number
  to: string
  subject: string
  html: string
  text: string
  /** Our own Message-ID header, angle brackets included. The same at each attempt, so that a repeat can be recognised. */
  messageId: string
  /** What the provider's reports call it. */
  key: string
  /** More headers, by name. */
  headers: Record<string, string>
  attachments?: readonly Attachment[]
}

/** A file of text. `type`: its MIME type, with the parameters. */
export type Attachment = { name: string; type: string; content: string }

/** One email to many recipients. Subject, parts and headers have placeholders for what differs. */
export type Mailing = Pick<OutgoingEmail, 'subject' | 'html' | 'text' | 'headers' | 'attachments'> & {
  recipients: readonly Recipient[]
}

/** `values`: by variable; no value contains a placeholder. */
export type Recipient = Pick<OutgoingEmail, 'id' | 'to' | 'messageId' | 'key'> & { values: Record<string, string> }

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
  /** Accepted from nobody for now (a wrong key, a limit, an outage): no attempt counts. `mayHaveIt`: yet it stays with this provider. */
  | { result: 'unavailable'; reason: string; retryAfterMs?: number; mayHaveIt?: true }

/** Of a whole request. */
export type MailingOutcome =
  | Extract<Outcome, { result: 'sent' | 'unknown' | 'unavailable' }>
  /** Nobody gets it, by the fault of some recipients. `named`: what the answer says of some, by their position. */
  | { result: 'refused'; reason: string; named: ReadonlyMap<number, string> }

/** Sends to many recipients with one request. */
export type BatchSending = {
  mostRecipients: number
  /** What the provider replaces by a recipient's value. @param variable letters and digits */
  placeholder: (variable: string) => string
  /** Never throws. No two recipients have the same address. */
  send: (mailing: Mailing) => Promise<MailingOutcome>
}

export type Provider = {
  name: string
  /** Never throws: whatever happens is an outcome. */
  send: (email: OutgoingEmail) => Promise<Outcome>
  /** Without it, each email is a request. */
  batch?: BatchSending
  /** How many emails it gets in a second at most. Without it, as many as it takes. */
  perSecond?: number
  /** How long an unknown outcome waits for the provider's report, in seconds. Without it, it reports nothing. */
  reportSeconds?: number
  /** How many requests it takes at the same time by now: at most CONCURRENCY, which is the default. */
  concurrency?: () => number
  /** Closes its connections. Nothing is sent after that. */
  close: () => Promise<void>
}

export const CONCURRENCY = 10

/** How long an unknown outcome waits for the report of a provider that reports. */
export const REPORT_SECONDS = 30 * 60

import type { Pool } from '../db/client.ts'
import type { ClaimedEmail } from './claim.ts'
import type { Attachment } from './provider.ts'
import type { ReasonCode } from './reasons.ts'

export type ComposedEmail = {
  subject: string
  html: string
  text: string
  /** By name. */
  headers: Record<string, string>
  attachments?: readonly Attachment[]
}

/** What stands for the recipient in an email. Null: the email goes without it. */
export type Personal = { name: string | null; unsubscribe: string | null; preferences: string | null }

/** The same for each part of an email: HTML has to be escaped. */
export type PersonalParts = { html: Personal; text: Personal }

/** An email that is still to be written: for its recipient, or once for all that differ from it in `personal` only. */
export type Draft = {
  /** The same for all of these. */
  likeness: string
  /** For its recipient. */
  compose: () => ComposedEmail
  /** @param placeholders null where `personal` is null */
  composeShared: (placeholders: PersonalParts) => ComposedEmail
  personal: () => PersonalParts
}

/**
 * A claimed email, read and decided: its recipient and content, why it is no longer sent, or when it may be.
 * `isPause`: the member paused emails, and may have ended that by now.
 * `isPatient`: its type has an end of its own, until which it waits for the provider.
 */
export type PreparedEmail =
  | { to: string; draft: () => Draft; isPatient: boolean }
  | { whyNot: ReasonCode }
  | { notBefore: Date; isPause?: true }
  | { expired: ReasonCode }
  | { error: unknown }

export type EmailTypes = {
  /** Only these are claimed: another version of this service may have enqueued others. */
  names: readonly string[]
  /** Reads the templates. @throws Error when one has a mistake: nothing can be sent then */
  open: () => Promise<PrepareEmails>
}

/**
 * Loads what claimed emails are about, with one query for each type. An email that is absent from the result has lost
 * its subject.
 */
export type PrepareEmails = (pool: Pool, emails: readonly ClaimedEmail[]) => Promise<Map<number, PreparedEmail>>

import { Prisma } from '../generated/prisma/client.ts'

/** Why an email is not sent, or not yet: the database keeps the code, people read the text. */
export const reasons = {
  SWITCHED_OFF: 'switched off for this kind',
  EMAILS_OFF: 'the member receives no emails',
  UNSUBSCRIBED: 'the member unsubscribed from it',
  NO_ADDRESS: 'no verified address',
  TOO_OLD: 'too old',
  OVER: 'what it asks for had ended',
  OWN_ACTION: 'a membership with the same address did this',
  SHARED_ADDRESS: 'another membership with the same address gets this email',
  SUPPRESSED: 'emails to the address have stopped until it is confirmed again',
  NO_PROVIDER: 'no email provider',
  ADDRESS_CHANGED: 'the address no longer waits for its confirmation',
  REPLACED: 'a newer confirmation replaced it',
  WITHDRAWN: 'the text was removed',
  READ: 'it was read in the app before',
  MUTED: 'what it is about was muted',
  NOT_WATCHED: 'what it is about is no longer watched',
  SUBJECT_GONE: 'its notification is gone',
  EMAIL_DELETED: 'its email was deleted',
  RECIPIENT_REFUSED: 'the address cannot receive emails',
  RECIPIENT_DEFERRED: 'the mailbox did not accept it',
  MESSAGE_REFUSED: 'the email provider refused this email',
  OUTCOME_UNKNOWN: 'the email provider did not confirm it',
  PROVIDER_UNAVAILABLE: 'the email provider does not accept it at the moment',
  CANNOT_BE_WRITTEN: 'it could not be written',
  LINK_EXPIRED: 'its link has expired',
  LAST_ATTEMPT_FAILED: 'the last attempt to send it failed',
} as const

export type ReasonCode = keyof typeof reasons

/**
 * The text of a stored reason. What is no code is a text already: a provider's answer, or what an earlier version wrote.
 */
export const reasonText = (stored: string): string =>
  Object.hasOwn(reasons, stored) ? reasons[stored as ReasonCode] : stored

/** The same for members: an error of a provider or a server never reaches them. */
export const reasonForMember = (stored: string): string =>
  Object.hasOwn(reasons, stored) || stored === WRITTEN_BY_A_MIGRATION ? reasonText(stored) : reasons.LAST_ATTEMPT_FAILED

const WRITTEN_BY_A_MIGRATION = 'recorded by the replaced backend, which did not send it'

export const reasonSql = (code: ReasonCode): Prisma.Sql => Prisma.raw(`'${code}'`)

import { Prisma } from '../generated/prisma/client.ts'

/** Why an email is not sent: the database keeps the code, people read the text. */
export const reasons = {
  SWITCHED_OFF: 'switched off for this kind',
  EMAILS_OFF: 'the member receives no emails',
  NO_ADDRESS: 'no verified address',
  TOO_OLD: 'too old',
  NO_PROVIDER: 'no email provider',
  ADDRESS_CHANGED: 'the address no longer waits for its confirmation',
  REPLACED: 'a newer confirmation replaced it',
  WITHDRAWN: 'the text was removed',
  SUBJECT_GONE: 'its notification is gone',
  EMAIL_DELETED: 'its email was deleted',
} as const

export type ReasonCode = keyof typeof reasons

/**
 * The text of a stored reason. What is no code is a text already: a provider's answer, or what an earlier version wrote.
 */
export const reasonText = (stored: string): string =>
  Object.hasOwn(reasons, stored) ? reasons[stored as ReasonCode] : stored

export const reasonSql = (code: ReasonCode): Prisma.Sql => Prisma.raw(`'${code}'`)

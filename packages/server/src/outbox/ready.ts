import { addressAsSent } from '../lib/email-address.ts'
import type { ClaimedEmail } from './claim.ts'
import { emailKey } from './email-key.ts'
import type { Draft, PreparedEmail } from './email-types.ts'
import { failedAttempt } from './judge.ts'
import type { Result } from './record.ts'
import { MAX_ATTEMPTS } from './retry-policy.ts'
import { domainOf } from './sender.ts'

/** A claimed email that is to be handed over. */
export type Ready = {
  email: ClaimedEmail
  /** As its member entered it. */
  to: string
  /** As the provider gets it. */
  asciiTo: string
  isPatient: boolean
  messageId: string
  key: string
  draft: Draft
}

/** Divides claimed emails into what needs no provider, and what is to be handed over. */
export function sortOut(
  emails: readonly ClaimedEmail[],
  prepared: ReadonlyMap<number, PreparedEmail>,
  { emailSender }: { emailSender: string },
): { results: Result[]; ready: Ready[] } {
  const results: Result[] = []
  const ready: Ready[] = []
  for (const email of emails) {
    const sorted = readyOrResult(email, prepared.get(email.id) ?? { whyNot: 'SUBJECT_GONE' }, emailSender)
    if ('draft' in sorted) ready.push(sorted)
    else results.push(sorted)
  }
  return { results, ready }
}

function readyOrResult(email: ClaimedEmail, prepared: PreparedEmail, emailSender: string): Result | Ready {
  const { id, attempts } = email
  if ('whyNot' in prepared) return { id, status: 'IGNORED', reason: prepared.whyNot }
  if ('notBefore' in prepared) {
    const { notBefore: sendAt, isPause = false } = prepared
    return { id, status: 'PENDING', outcome: 'untried', sendAt, isPause }
  }
  const failure = { id, status: 'FAILED', address: null, counts: false } as const
  if (attempts > MAX_ATTEMPTS) {
    const reason = `unknown outcome: the notifier stopped during each of ${MAX_ATTEMPTS} attempts`
    return { ...failure, outcome: 'unknown', reason, code: 'OUTCOME_UNKNOWN' }
  }
  if ('expired' in prepared) return { ...failure, outcome: 'expired', reason: prepared.expired, code: prepared.expired }
  if ('error' in prepared) return unwritable(email, prepared.error)
  try {
    const key = emailKey(email)
    const { to, isPatient } = prepared
    return {
      email,
      to,
      asciiTo: addressAsSent(to),
      isPatient,
      key,
      messageId: `<${key}@${domainOf(emailSender)}>`,
      draft: prepared.draft(),
    }
  } catch (error) {
    return unwritable(email, error)
  }
}

/** An email with a mistake: an attempt counts. */
export const unwritable = (email: ClaimedEmail, error: unknown): Result =>
  failedAttempt(email, null, error instanceof Error ? error.message : String(error), 'CANNOT_BE_WRITTEN')

import type { EmailFacts } from '../../outbox/email-facts.ts'
import { reasonForMember, reasonText } from '../../outbox/reasons.ts'
import { MAX_ATTEMPTS } from '../../outbox/retry-policy.ts'
import type { NotificationFacts } from './facts.ts'
import { timeText } from './times.ts'

export type Reader = 'member' | 'operator'

/**
 * What became of an email. "in doubt": it ended otherwise, but a provider may have sent it before. `why`: completes "not by
 * email: ..."; `text`: in full sentences.
 */
export type EmailWords = { result: 'sent' | 'waits' | 'not sent' | 'in doubt'; why: string | null; text: string }

/** What became of the email about a notification. @param reader only the operator reads a provider's words, and addresses */
export function emailWords(notification: NotificationFacts, reader: Reader, now: Date): EmailWords {
  const { email, emailStatus, emailStatusReason, others } = notification
  if (email) {
    const words = wordsOfEmail(email, reader, now)
    if (email.type !== 'digest') return words
    const together = others ? `, with ${others} other ${others === 1 ? 'notification' : 'notifications'}` : ''
    const text = `${words.text} It is a digest${together}.`
    return { ...words, text }
  }
  if (emailStatus === 'SENT') return { result: 'sent', why: null, text: 'It was sent by the replaced backend.' }
  const why = emailStatus === null ? reasonText('EMAIL_DELETED') : reasonIn(emailStatusReason, reader)
  return { result: 'not sent', why, text: `No email: ${why ?? NO_REASON}.` }
}

/** @param now for what waits */
export function wordsOfEmail(email: EmailFacts, reader: Reader, now: Date): EmailWords {
  const { status, reason, failureCode, updatedAt, reported } = email
  const why = reasonIn(status !== 'IGNORED' && reader === 'member' ? (failureCode ?? reason) : reason, reader)
  switch (status) {
    case 'SENT': {
      const undone = reported === 'bounced' || reported === 'dropped' ? REPORTS[reported] : undefined
      return { result: undone ? 'not sent' : 'sent', why: undone ?? null, text: sent(email, reader) }
    }
    case 'PENDING':
      return { result: 'waits', why, text: waiting(email, why, now) }
    case 'FAILED': {
      const text = `Given up at ${timeText(updatedAt)}, after ${attempts(email.attempts)}: ${why ?? NO_REASON}.`
      if (!mayHaveArrived(email)) return { result: 'not sent', why, text }
      const isLast = failureCode === 'OUTCOME_UNKNOWN'
      const doubt = isLast ? why : `an earlier attempt was not confirmed, and the last one failed: ${why ?? NO_REASON}`
      return { result: 'in doubt', why: doubt, text: `${text} ${IN_DOUBT}` }
    }
    default: {
      const at = timeText(updatedAt)
      if (!mayHaveArrived(email)) {
        return { result: 'not sent', why, text: `Not sent: ${why ?? NO_REASON} (decided at ${at}).` }
      }
      const doubt = `the email provider did not confirm it before it was cancelled (${why ?? NO_REASON})`
      return { result: 'in doubt', why: doubt, text: `Cancelled at ${at}: ${why ?? NO_REASON}. ${IN_DOUBT}` }
    }
  }
}

/** Of one that was handed over, and of which no provider has said what became of it. Earlier versions kept no provider. */
const mayHaveArrived = ({ provider, failureCode }: EmailFacts) => Boolean(provider) || failureCode === 'OUTCOME_UNKNOWN'

const NOT_SAID = 'the email provider did not say whether it had sent it'
const IN_DOUBT = `It may have arrived all the same: ${NOT_SAID}.`

const NO_REASON = 'the reason was not recorded'

/** What the provider reported later, if anything. */
export function reportWords({ reported, reportedAt, reportedReason }: EmailFacts, reader: Reader): string | null {
  if (!reported) return null
  const at = reportedAt ? ` at ${timeText(reportedAt)}` : ''
  const detail = reader === 'operator' && reportedReason ? `: ${reportedReason}` : ''
  return `The email provider reported${at}: ${REPORTS[reported] ?? 'something that this version does not know'}${detail}.`
}

const REPORTS: Record<string, string> = {
  delivered: 'delivered to the mailbox',
  deferred: 'the mailbox does not accept it yet, and the provider tries again',
  bounced: 'the mailbox refused it',
  dropped: 'the provider did not try to deliver it',
  complained: 'it was marked as spam',
}

const reasonIn = (stored: string | null, reader: Reader): string | null =>
  stored === null ? null : reader === 'member' ? reasonForMember(stored) : reasonText(stored)

const attempts = (count: number) => `${count} ${count === 1 ? 'attempt' : 'attempts'}`

function sent(
  { sentAt, updatedAt, attempts: count, address, provider, messageId }: EmailFacts,
  reader: Reader,
): string {
  const which = count > 1 ? `, on attempt ${count}` : ''
  if (reader === 'member') return `The email provider accepted it at ${timeText(sentAt ?? updatedAt)}${which}.`
  const to = address ? ` to ${address}` : ''
  const as = messageId ? `, as ${messageId}` : ''
  return `${provider ?? 'The email provider'} accepted it${to} at ${timeText(sentAt ?? updatedAt)}${which}${as}.`
}

function waiting(email: EmailFacts, why: string | null, now: Date): string {
  const { sendAt, leaseUntil, attempts: count, failingSince } = email
  const isBeingSent = leaseUntil !== null && leaseUntil > now
  const doubt = !isBeingSent && mayHaveArrived(email) ? ` It may have arrived already: ${NOT_SAID}.` : ''
  const failed =
    failingSince && why
      ? ` It has failed since ${timeText(failingSince)}, with ${attempts(count)} of ${MAX_ATTEMPTS} counted: ${why}.${doubt}`
      : doubt
  if (isBeingSent) return `It is being sent.${failed}`
  if (sendAt > now) return `It waits until ${timeText(sendAt)}.${failed}`
  return `It has been due since ${timeText(sendAt)}.${failed}`
}

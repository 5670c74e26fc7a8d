import type { Config } from '../../config/config.ts'

/** An email, ready to be handed over. */
export type OutgoingEmail = {
  /** The outbox's id. */
  id: number
  to: string
  /** One line. */
  subject: string
  html: string
  text: string
  /** Our own Message-ID header, angle brackets included. The same at each attempt, so that a repeat can be recognised. */
  messageId: string
}

/** What became of an email that was handed over. */
export type Outcome =
  /** Accepted. `messageId`: what the provider calls it, for its support and its logs. */
  | { result: 'sent'; messageId: string | null }
  /** This email will never be accepted: it is not tried again. */
  | { result: 'rejected'; reason: string }
  /** Refused for now, or unknown (a timeout, a reset connection): it is tried again later. */
  | { result: 'failed'; reason: string }
  /**
   * Nothing can be sent now, whoever it is for (a wrong key, a limit, no connection): emails stay pending and no attempt
   * is counted. `retryAfter`: milliseconds to wait, where the provider says so.
   */
  | { result: 'unavailable'; reason: string; retryAfter?: number }

export type Provider = {
  name: string
  /** Never throws: whatever happens is an outcome. */
  send: (email: OutgoingEmail) => Promise<Outcome>
  /** Lets go of connections. Nothing is sent after that. */
  close: () => Promise<void>
}

/** How many emails are handed over at the same time. */
export const CONCURRENCY = 10

/** Headers that every email has. RFC 3834: no vacation responder answers what a machine sent. */
export const HEADERS = { 'Auto-Submitted': 'auto-generated' }

/**
 * The provider that the configuration names, or undefined for none. Each is loaded only where it is used, for the sake
 * of a quick start.
 */
export async function createProvider({
  emailProvider,
  emailSender,
}: Pick<Config, 'emailProvider' | 'emailSender'>): Promise<Provider | undefined> {
  switch (emailProvider.name) {
    case 'sendgrid':
      return (await import('./sendgrid.ts')).createSendGrid({ ...emailProvider, sender: emailSender })
    case 'mailgun':
      return (await import('./mailgun.ts')).createMailgun({ ...emailProvider, sender: emailSender })
    case 'smtp':
      return (await import('./smtp.ts')).createSmtp({ ...emailProvider, sender: emailSender })
    case 'mailbox':
      return (await import('./mailbox.ts')).createMailbox({ ...emailProvider, sender: emailSender })
    case 'none':
      return undefined
  }
}

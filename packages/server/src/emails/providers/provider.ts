import type { Config } from '../../config/config.ts'
import type { Provider } from '../../outbox/provider.ts'

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

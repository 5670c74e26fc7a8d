import type { Config } from '../../config/config.ts'
import type { Provider } from '../../outbox/provider.ts'

/** The configured provider. Each is loaded on demand, for a quick start. */
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

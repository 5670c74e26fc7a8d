import type { Config, EmailProvider } from '../../config/config.ts'
import { reportingProviders, type WebhookKeys } from '../../config/email-providers.ts'
import { type Provider, REPORT_SECONDS } from '../../outbox/provider.ts'

type Settings = Pick<Config, 'emailProviders' | 'emailSender'> &
  Partial<Pick<Config, 'emailRatePerSecond'>> & { webhookKeys?: WebhookKeys }

/** The configured providers, in the order in which they are used. Each is loaded on demand, for a quick start. */
export const createProviders = ({
  emailProviders,
  emailSender,
  emailRatePerSecond = 0,
  webhookKeys = {},
}: Settings): Promise<Provider[]> =>
  Promise.all(
    emailProviders.map(async (provider) => ({
      ...(await createProvider(provider, emailSender)),
      ...(emailRatePerSecond && { perSecond: emailRatePerSecond }),
      ...(reportingProviders(webhookKeys).some((name) => name === provider.name) && { reportSeconds: REPORT_SECONDS }),
    })),
  )

async function createProvider(provider: EmailProvider, sender: string): Promise<Provider> {
  switch (provider.name) {
    case 'sendgrid':
      return (await import('./sendgrid.ts')).createSendGrid({ ...provider, sender })
    case 'mailgun':
      return (await import('./mailgun.ts')).createMailgun({ ...provider, sender })
    case 'smtp':
      return (await import('./smtp.ts')).createSmtp({ ...provider, sender })
    case 'mailbox':
      return (await import('./mailbox.ts')).createMailbox({ ...provider, sender })
  }
}

export const closeProviders = async (providers: readonly Provider[]): Promise<void> => {
  await Promise.all(providers.map((provider) => provider.close()))
}

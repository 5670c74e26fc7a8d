import type { Config, EmailProvider } from '../../config/config.ts'
import type { Provider } from '../../outbox/provider.ts'

type Settings = Pick<Config, 'emailProviders' | 'emailSender'> &
  Partial<Pick<Config, 'emailRatePerSecond' | 'webhookKeys'>>

/** For which an unknown outcome waits for the report of a provider whose webhook is configured. */
const REPORT_SECONDS = 30 * 60

/** The configured providers, in the order in which they are used. Each is loaded on demand, for a quick start. */
export const createProviders = ({
  emailProviders,
  emailSender,
  emailRatePerSecond = 0,
  webhookKeys,
}: Settings): Promise<Provider[]> =>
  Promise.all(
    emailProviders.map(async (provider) => ({
      ...(await createProvider(provider, emailSender)),
      ...(emailRatePerSecond && { perSecond: emailRatePerSecond }),
      ...(Object.entries(webhookKeys ?? {}).some(([name, key]) => name === provider.name && key) && {
        reportSeconds: REPORT_SECONDS,
      }),
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

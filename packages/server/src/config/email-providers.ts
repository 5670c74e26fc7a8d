/** Email providers that can be configured, in the order of preference, and the variable that configures each. */
export const PROVIDER_VARIABLES = {
  sendgrid: 'SENDGRID_API_KEY',
  mailgun: 'MAILGUN_API_KEY',
  smtp: 'SMTP_URL',
} as const

export type ProviderName = keyof typeof PROVIDER_VARIABLES

export const PROVIDER_NAMES = Object.keys(PROVIDER_VARIABLES) as ProviderName[]

export const isProviderName = (name: string): name is ProviderName => Object.hasOwn(PROVIDER_VARIABLES, name)

/** Providers that take only ASCII before the @, by their names in the configuration. */
export const ASCII_ONLY: readonly string[] = ['sendgrid']

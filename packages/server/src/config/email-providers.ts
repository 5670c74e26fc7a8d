import type { KeyObject } from 'node:crypto'

/** Email providers that can be configured, in the order of preference, and the variable that configures each. */
export const PROVIDER_VARIABLES = {
  sendgrid: 'SENDGRID_API_KEY',
  mailgun: 'MAILGUN_API_KEY',
  smtp: 'SMTP_URL',
} as const

export type ProviderName = keyof typeof PROVIDER_VARIABLES

export const PROVIDER_NAMES = Object.keys(PROVIDER_VARIABLES) as ProviderName[]

export const isProviderName = (name: string): name is ProviderName => Object.hasOwn(PROVIDER_VARIABLES, name)

/** Providers that report what happened to emails, by a webhook, and their names on emails, in counters and in the log. */
export const REPORTING = { sendgrid: 'SendGrid', mailgun: 'Mailgun' } as const satisfies Partial<
  Record<ProviderName, string>
>

export type ReportingProvider = keyof typeof REPORTING

/** What verifies the requests of each. Without a key, there is no webhook. */
export type WebhookKeys = { sendgrid?: KeyObject | undefined; mailgun?: string | undefined }

/** Those that have a key. */
export const reportingProviders = (keys: WebhookKeys): ReportingProvider[] =>
  (Object.keys(REPORTING) as ReportingProvider[]).filter((name) => keys[name])

/** Providers that take only ASCII before the @, by their names in the configuration. */
export const ASCII_ONLY: readonly string[] = ['sendgrid']

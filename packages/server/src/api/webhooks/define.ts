import type { KeyObject } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Report } from '../../outbox/reports.ts'

/** What verifies the requests of each provider. Without a key, there is no webhook. */
export type WebhookKeys = { sendgrid?: KeyObject | undefined; mailgun?: string | undefined }

export type WebhookDefinition = {
  /** Its name, as emails and counters have it. */
  provider: string
  /** Of a request. */
  mostBytes: number
  /** @returns what the request reports; nothing when it is not the provider's. */
  read: (headers: IncomingHttpHeaders, body: Buffer) => Report[] | undefined
}

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Report } from '../../outbox/reports.ts'

export type WebhookDefinition = {
  /** Its name, as emails and counters have it. */
  provider: string
  /** Of a request. */
  mostBytes: number
  /** @returns what the request reports; nothing when it is not the provider's. */
  read: (headers: IncomingHttpHeaders, body: Buffer) => Report[] | undefined
}

/** @param refuses answers a request that somebody else signed, if its network has sent too many */
export type WebhookHandler = (req: IncomingMessage, res: ServerResponse, refuses: () => boolean) => Promise<void>

import sendgrid from '@sendgrid/mail'
import { hasUnicodeMailbox, parseSender } from '../../lib/email-address.ts'
import type { Outcome, OutgoingEmail, Provider } from '../../outbox/provider.ts'
import { type Answer, HTTP_TIMEOUT_MS, outcomeOfAnswer, outcomeOfError, post } from './http.ts'

type Options = {
  apiKey: string
  sender: string
  baseUrl?: string
  timeoutMs?: number
}

type Client = { request: (data: { url: string; body: object }) => Promise<Answer> }
type Service = {
  setClient: (client: Client) => void
  send: (email: Parameters<typeof sendgrid.send>[0]) => Promise<unknown>
}
// Its types have a single shared instance only.
const { MailService } = sendgrid as unknown as { MailService: new () => Service }

/** All off: tracking would rewrite links and add a remote image and a footer, whatever the account's settings are. */
const NO_TRACKING = {
  clickTracking: { enable: false, enableText: false },
  openTracking: { enable: false },
  subscriptionTracking: { enable: false },
  ganalytics: { enable: false },
}

/** Sends by SendGrid's `POST /v3/mail/send`, one email a request. */
export function createSendGrid(options: Options): Provider {
  const { apiKey, sender, baseUrl = 'https://api.sendgrid.com', timeoutMs = HTTP_TIMEOUT_MS } = options
  const authorized = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' }
  const { name = '', address = sender } = parseSender(sender) ?? {}
  const from = name ? { name, email: address } : { email: address }
  const mail = new MailService()
  // Its own client follows redirects and reads answers of any size.
  mail.setClient({
    request: ({ url, body }) =>
      post({ url: baseUrl + url, headers: authorized, body: JSON.stringify(body), timeoutMs }),
  })

  async function send({ to, subject, html, text, messageId, headers }: OutgoingEmail): Promise<Outcome> {
    // Of members who entered it while another provider was configured.
    if (hasUnicodeMailbox(to)) return { result: 'rejected', reason: 'SendGrid takes only ASCII before the @' }
    try {
      const answer = (await mail.send({
        to: { email: to },
        from,
        subject,
        html,
        text,
        headers: { ...headers, 'Message-ID': messageId },
        trackingSettings: NO_TRACKING,
      })) as Answer
      if (answer.status !== 202) return outcomeOfAnswer(answer, to)
      return { result: 'sent', messageId: answer.headers.get('X-Message-Id') }
    } catch (error) {
      return outcomeOfError(error)
    }
  }

  return { name: 'SendGrid', send, close: async () => {} }
}

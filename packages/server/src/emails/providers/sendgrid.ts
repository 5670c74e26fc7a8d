import sendgrid from '@sendgrid/mail'
import type { Outcome, OutgoingEmail, Provider } from '../../outbox/provider.ts'
import { HTTP_TIMEOUT_MS, outcomeOfAnswer, outcomeOfError } from './http.ts'
import { HEADERS } from './provider.ts'

type Options = {
  apiKey: string
  sender: string
  baseUrl?: string
  timeoutMs?: number
}

type Service = typeof sendgrid & { client: { setDefaultRequest: (key: 'baseUrl', value: string) => unknown } }
// Its types have a single shared instance only.
const { MailService } = sendgrid as Service & { MailService: new () => Service }

/** Sends by SendGrid's `POST /v3/mail/send`, one email a request. */
export function createSendGrid({ apiKey, sender, baseUrl, timeoutMs = HTTP_TIMEOUT_MS }: Options): Provider {
  const mail = new MailService()
  mail.setApiKey(apiKey)
  mail.setTimeout(timeoutMs)
  // After the key, which resets the address.
  if (baseUrl) mail.client.setDefaultRequest('baseUrl', baseUrl)

  async function send({ to, subject, html, text, messageId }: OutgoingEmail): Promise<Outcome> {
    try {
      const [{ headers }] = await mail.send({
        to: { email: to },
        from: sender,
        subject,
        html,
        text,
        headers: { ...HEADERS, 'Message-ID': messageId },
        // Tracking would rewrite the links and add a remote image.
        trackingSettings: { clickTracking: { enable: false, enableText: false }, openTracking: { enable: false } },
      })
      return { result: 'sent', messageId: headers['x-message-id'] ?? null }
    } catch (error) {
      return isAnswer(error)
        ? outcomeOfAnswer(error.code, error.response.headers, explanation(error))
        : outcomeOfError(error)
    }
  }

  return { name: 'SendGrid', send, close: async () => {} }
}

type Answer = { code: number; response: { headers: Record<string, string>; body: unknown } }

const isAnswer = (error: unknown): error is Answer =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' && 'response' in error

const explanation = ({ response: { body } }: Answer) => (typeof body === 'string' ? body : JSON.stringify(body))

import sendgrid from '@sendgrid/mail'
import { REPORTING } from '../../config/email-providers.ts'
import { hasUnicodeMailbox, parseSender } from '../../lib/email-address.ts'
import type {
  Attachment,
  Mailing,
  MailingOutcome,
  Outcome,
  OutgoingEmail,
  Provider,
  Recipient,
} from '../../outbox/provider.ts'
import { type Answer, HTTP_TIMEOUT_MS, outcomeOf, outcomeOfMailing, post, type Reading } from './http.ts'

type Options = {
  apiKey: string
  sender: string
  baseUrl?: string
  timeoutMs?: number
}

type Client = { request: (data: { url: string; body: object }) => Promise<Answer> }
type Service = {
  setClient: (client: Client) => void
  setSubstitutionWrappers: (left: string, right: string) => void
  send: (email: object) => Promise<unknown>
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

/** The most that SendGrid takes in one request. */
const MOST_RECIPIENTS = 1_000

/** Sends by SendGrid's `POST /v3/mail/send`: one email, or up to 1,000 that differ by recipient only. */
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
  // Otherwise it would put braces around what is to be substituted.
  mail.setSubstitutionWrappers('', '')

  const request = ({ attachments, ...content }: Partial<Mailing>, personalizations: object[]) =>
    mail.send({
      ...content,
      ...(attachments && { attachments: attachments.map(toFile) }),
      from,
      personalizations,
      trackingSettings: NO_TRACKING,
    }) as Promise<Answer>

  async function send({ to, messageId, key, headers, ...content }: OutgoingEmail): Promise<Outcome> {
    // Of members who entered it while another provider was configured.
    if (hasUnicodeMailbox(to)) return { result: 'rejected', reason: 'SendGrid takes only ASCII before the @' }
    return outcomeOf(() => request(content, [personalization({ to, messageId, key }, headers)]), READING, to)
  }

  async function sendMailing({ headers, recipients, ...content }: Mailing): Promise<MailingOutcome> {
    // SendGrid substitutes in subject and parts only.
    const marks = Object.keys(recipients[0]?.values ?? {}).map(placeholder)
    const isPersonal = ([, value]: [string, string]) => marks.some((mark) => value.includes(mark))
    const all = Object.entries(headers)
    const personal = all.filter(isPersonal)
    const common = Object.fromEntries(all.filter((header) => !isPersonal(header)))
    const personalizations = recipients.map(({ values, ...recipient }) => {
      const places = Object.entries(values).map(([variable, value]) => [placeholder(variable), value] as const)
      const fill = (text: string) => places.reduce((filled, [place, value]) => filled.replaceAll(place, value), text)
      const own = Object.fromEntries(personal.map(([name, value]) => [name, fill(value)]))
      return personalization(recipient, own, Object.fromEntries(places))
    })
    return outcomeOfMailing(() => request({ ...content, headers: common }, personalizations), READING, recipients)
  }

  return {
    name: REPORTING.sendgrid,
    send,
    batch: { mostRecipients: MOST_RECIPIENTS, placeholder, send: sendMailing },
    close: async () => {},
  }
}

/**
 * SendGrid refuses the charset of a type, and gives text without one another charset than that of the file. So a
 * calendar goes by its other type, of which no text is expected.
 */
const toFile = ({ name: filename, type, content }: Attachment) => ({
  filename,
  type: /^text\/calendar\b/.test(type) ? 'application/ics' : type,
  content: Buffer.from(content).toString('base64'),
  disposition: 'attachment',
})

const READING: Reading = {
  acceptedAs: ({ status, headers }) => (status === 202 ? headers.get('X-Message-Id') : undefined),
}

const placeholder = (variable: string) => `-${variable}-`

/** What differs by recipient: the headers of the request are everybody's. */
const personalization = (
  { to, messageId, key }: Pick<Recipient, 'to' | 'messageId' | 'key'>,
  headers: Record<string, string>,
  substitutions: Record<string, string> = {},
) => ({
  to: { email: to },
  headers: { ...headers, 'Message-ID': messageId },
  customArgs: { email_key: key },
  substitutions,
})

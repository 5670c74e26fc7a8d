import type { Readable } from 'node:stream'
import { createTransport } from 'nodemailer'
import { CONCURRENCY, type Outcome, type OutgoingEmail, type Provider } from '../../outbox/provider.ts'
import { MAX_ANSWER_BYTES } from './http.ts'
import { HEADERS } from './provider.ts'
import { type Stage, toOutcome, type Verdict, verdictOfReply } from './verdicts.ts'

type Options = {
  /** Such as `smtp://user:password@host:587`; `smtps:` for TLS from the start. */
  url: string
  sender: string
  timeoutMs?: number
}

/** Sends by an SMTP server, over a few connections that stay open. */
export function createSmtp({ url, sender, timeoutMs = 45_000 }: Options): Provider {
  const toConnect = Math.min(timeoutMs / 2, 10_000)
  const transport = createTransport({
    url,
    pool: true,
    // One per simultaneous hand-over, so that none waits here while its lease runs.
    maxConnections: CONCURRENCY,
    // It repeats only hand-overs that had not begun.
    maxRequeues: 1,
    connectionTimeout: toConnect,
    greetingTimeout: toConnect,
    dnsTimeout: toConnect,
    socketTimeout: timeoutMs,
    maxResponseSize: MAX_ANSWER_BYTES,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  /** The content of each message in hand, from which the transport reads once the server asks for it. */
  const contents = new Map<string, Readable>()
  transport.use('stream', ({ message }, done) => {
    const createReadStream = message.createReadStream.bind(message)
    message.createReadStream = (options) => {
      const content = createReadStream(options)
      contents.set(String(message.messageId()), content)
      return content
    }
    done()
  })

  async function send({ to, subject, html, text, messageId }: OutgoingEmail): Promise<Outcome> {
    try {
      const recipient = { name: '', address: to }
      const sent = await transport.sendMail({
        from: sender,
        to: recipient,
        subject,
        html,
        text,
        messageId,
        headers: HEADERS,
      })
      if (!/^250\b/.test(sent.response)) return toOutcome('unknown', `took the message with: ${sent.response}`)
      // Most servers say no more than a last line such as "250 2.0.0 OK: queued as 4C2D1".
      return { result: 'sent', messageId: sent.serverMessageId ?? sent.response }
    } catch (error) {
      const { message } = error as Error
      return toOutcome(verdictOf(error as SmtpError, contents.get(messageId)?.readableDidRead ?? false), message)
    } finally {
      contents.delete(messageId)
    }
  }

  return { name: 'SMTP', send, close: async () => transport.close() }
}

type SmtpError = Error & {
  code?: string
  response?: string
  responseCode?: number
  command?: string
}

const STAGES: Record<string, Stage> = { 'MAIL FROM': 'sender', 'RCPT TO': 'recipient', DATA: 'data' }

/** @param begun whether the server may have the message, or a part of it */
function verdictOf({ message: text, code, response, responseCode, command = '' }: SmtpError, begun: boolean): Verdict {
  if (response && responseCode) {
    const stage = STAGES[command] ?? (begun ? 'data' : 'hello')
    const [, status = ''] = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response) ?? []
    return verdictOfReply({ stage, code: String(responseCode), status, text: response })
  }
  if (begun) return 'unknown'
  // Without a reply, the transport itself refused an address or the message.
  if (code === 'EENVELOPE') return text.startsWith('Invalid sender') ? 'nobody for now' : 'recipient never'
  return code === 'EMESSAGE' || code === 'ESTREAM' ? 'message never' : 'nobody for now'
}

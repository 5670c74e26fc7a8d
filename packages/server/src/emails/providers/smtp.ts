import { createTransport } from 'nodemailer'
import { CONCURRENCY, type Outcome, type OutgoingEmail, type Provider } from '../../outbox/provider.ts'
import { neverArrived } from './http.ts'
import { HEADERS } from './provider.ts'

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
    disableFileAccess: true,
    disableUrlAccess: true,
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
      // Most servers say no more than a last line such as "250 2.0.0 OK: queued as 4C2D1".
      return { result: 'sent', messageId: sent.serverMessageId ?? sent.response }
    } catch (error) {
      return outcomeOf(error as SmtpError)
    }
  }

  return { name: 'SMTP', send, close: async () => transport.close() }
}

type SmtpError = Error & {
  code?: string
  originalCode?: string
  timeoutType?: string
  responseCode?: number
  command?: string
}

/** RFC 5321, 4.2.1: 4yz is transient, 5yz permanent. */
function outcomeOf(error: SmtpError): Outcome {
  const { message: reason, code, command, responseCode = 0 } = error
  if (beforeTheEmail(error)) return { result: 'unavailable', reason }
  const refused = code === 'EENVELOPE' || code === 'EMESSAGE'
  // The sender is refused, which every email shares.
  if (refused && command === 'MAIL FROM') return { result: 'unavailable', reason }
  // Without a response, nodemailer itself rejected the address.
  if (refused && (responseCode === 0 || responseCode >= 500)) return { result: 'rejected', reason }
  return { result: 'failed', reason }
}

/** Whether the connection failed before the email, so that it cannot have been accepted. */
function beforeTheEmail({ code, originalCode, timeoutType, responseCode, command }: SmtpError): boolean {
  switch (code) {
    case 'EAUTH':
    case 'ENOAUTH':
    case 'EDNS':
    case 'ETLS':
      return true
    case 'ECONNECTION':
      return command === undefined || command === 'EHLO'
    case 'EPROTOCOL':
      return responseCode !== undefined
    case 'ETIMEDOUT':
      return timeoutType !== 'SOCKET_TIMEOUT'
    default:
      return neverArrived(originalCode)
  }
}

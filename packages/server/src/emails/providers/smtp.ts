import type { Readable } from 'node:stream'
import { createTransport } from 'nodemailer'
import { parseSender } from '../../lib/email-address.ts'
import { CONCURRENCY, type Outcome, type OutgoingEmail, type Provider } from '../../outbox/provider.ts'
import { asFiles } from './files.ts'
import { MAX_ANSWER_BYTES } from './http.ts'
import { type Stage, toOutcome, type Verdict, verdictOfReply } from './verdicts.ts'

type Options = {
  /** Such as `smtp://user:password@host:587`; `smtps:` for TLS from the start. */
  url: string
  sender: string
  timeoutMs?: number
}

/** Accepted emails after which one more connection is tried. */
const ACCEPTED_PER_CONNECTION = 100
/** RFC 5321 and RFC 8689: too many connections, or the server goes down. */
const TOO_MANY = /^(421|432)$/

/** Sends by an SMTP server, over as many connections as it takes. They stay open. */
export function createSmtp({ url, sender, timeoutMs = 45_000 }: Options): Provider {
  let pool = openPool(url, timeoutMs)
  let limit = CONCURRENCY
  let accepted = 0

  /** Over new connections: the open ones are too many. */
  function halve(): void {
    limit = Math.floor(limit / 2)
    pool.transport.close()
    pool = openPool(url, timeoutMs)
  }

  async function send(email: OutgoingEmail): Promise<Outcome> {
    const [used, usedLimit] = [pool, limit]
    try {
      // The transport itself bounds each step only.
      const signal = AbortSignal.timeout(timeoutMs)
      const sent = await used.transport.sendMail({ ...toMail(email, sender), signal })
      if (!/^250\b/.test(sent.response)) return toOutcome('unknown', `took the message with: ${sent.response}`)
      accepted++
      if (accepted % ACCEPTED_PER_CONNECTION === 0) limit = Math.min(limit + 1, CONCURRENCY)
      // Most servers say no more than a last line such as "250 2.0.0 OK: queued as 4C2D1".
      return { result: 'sent', messageId: sent.serverMessageId ?? sent.response }
    } catch (thrown) {
      const error = thrown as SmtpError
      const begun = used.contents.get(email.messageId)?.readableDidRead ?? false
      const isRefused = TOO_MANY.test(String(error.responseCode))
      // Refusals of connections that were opened together halve the limit once.
      if (isRefused && usedLimit > 1 && used === pool) halve()
      const isOver = used !== pool && (isRefused || (!begun && error.responseCode === undefined))
      if (isOver) return { result: 'busy', reason: error.message }
      return toOutcome(verdictOf(error, begun), inOurWords(error))
    } finally {
      used.contents.delete(email.messageId)
    }
  }

  return { name: 'SMTP', send, concurrency: () => limit, close: async () => pool.transport.close() }
}

function openPool(url: string, timeoutMs: number) {
  const toConnect = Math.min(timeoutMs / 2, 10_000)
  const transport = createTransport({
    url,
    pool: true,
    // Those who hand over emails know the limit: none waits here while its lease runs.
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
    ...credentialsNeedTls(url),
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
  return { transport, contents }
}

const toMail = ({ to, attachments, ...email }: OutgoingEmail, sender: string) => ({
  from: parseSender(sender) ?? sender,
  to: { name: '', address: to },
  ...email,
  attachments: asFiles(attachments),
})

/** A server between us and the right one could leave STARTTLS out to read the password. */
function credentialsNeedTls(url: string): { requireTLS?: boolean } {
  const { username, password, searchParams } = new URL(url)
  const isExempt = searchParams.get('ignoreTLS') === 'true' || searchParams.get('requireTLS') === 'false'
  return (username || password) && !isExempt ? { requireTLS: true } : {}
}

function inOurWords({ message, code, command }: SmtpError): string {
  if (code === 'EABORT') return 'The server took too long'
  if (code !== 'ETLS' || command !== 'STARTTLS') return message
  return `The server offers no TLS, so the password of SMTP_URL is not sent. If it may be, add ?ignoreTLS=true (${message})`
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

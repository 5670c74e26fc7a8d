import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { parseAddress } from '../../src/lib/email-address.ts'
import { until } from '../support/until.ts'

/** An email as its recipient gets it. */
export type Delivered = {
  to: string
  subject: string
  html: string
  text: string
  headers: Record<string, string>
  key: string
  files: File[]
}

/** What is attached, as the recipient finds it. */
type File = { name: string; content: string }

/** What a provider answers to a body, and what it delivers then. */
export type Judged = { status: number; body: string; delivered: Delivered[] }

const MAX_BYTES = 30_000_000

/** A provider's API on a local port, until the end of the test. It judges requests, or answers as it is told. */
export async function startProviderStandIn(
  judge: (body: string, request: IncomingMessage) => Judged | Promise<Judged>,
) {
  const api = {
    url: '',
    /** In the order in which they were accepted. */
    delivered: [] as Delivered[],
    requests: 0,
    /** How many recipients each request was answered for. */
    sizes: [] as number[],
    /** Instead of judging. */
    fault: undefined as RequestListener | undefined,
    delayMs: 0,
    /** Resolves when every request that has begun is over. */
    idle: () => until(() => open === 0),
    /** Nothing listens there any more. */
    close: () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections()),
    open: () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve)),
  }
  let open = 0
  const server = createServer(async (request, response) => {
    api.requests++
    open++
    await answer(request, response).finally(() => open--)
  })
  async function answer(request: IncomingMessage, response: ServerResponse) {
    // A client that was killed ends its request in the middle.
    const received = await text(request).catch(() => undefined)
    if (received === undefined) return
    if (api.delayMs) await new Promise((resolve) => setTimeout(resolve, api.delayMs))
    if (api.fault) return api.fault(request, response)
    const judged =
      Buffer.byteLength(received) > MAX_BYTES
        ? { status: 413, body: '', delivered: [] }
        : await judge(received, request)
    api.delivered.push(...judged.delivered)
    api.sizes.push(judged.delivered.length)
    response.writeHead(judged.status, { 'Content-Type': 'application/json', 'X-Message-Id': 'an-id' }).end(judged.body)
  }
  let port = 0
  await api.open()
  port = (server.address() as AddressInfo).port
  api.url = `http://127.0.0.1:${port}`
  onTestFinished(() => api.close())
  return api
}

type Personalization = {
  to: { email: string }[]
  headers?: Record<string, string>
  substitutions?: Record<string, string>
  custom_args?: Record<string, string>
}
type SendGridRequest = {
  personalizations: Personalization[]
  from?: { email?: string }
  subject?: string
  content?: { type: string; value: string }[]
  headers?: Record<string, string>
  custom_args?: Record<string, string>
  attachments?: { content?: string; filename?: string; type?: string; disposition?: string }[]
}

const FIELDS = [
  'personalizations',
  'from',
  'subject',
  'content',
  'headers',
  'custom_args',
  'tracking_settings',
  'attachments',
]
const FORBIDDEN =
  /^(x-sg-id|x-sg-eid|received|dkim-signature|content-type|content-transfer-encoding|to|from|subject|reply-to|cc|bcc)$/i
const BASE64 = /^[\w+/]+=*$/
const MOST = 1_000
const MOST_BYTES = 10_000

const bytes = (object: object = {}) => Buffer.byteLength(JSON.stringify(object))

/** What is wrong with a request, by SendGrid's published limits: the field and a message. */
function mistakeIn(request: SendGridRequest): [field: string, message: string] | undefined {
  const { personalizations, from, subject, content = [], headers = {}, attachments = [] } = request
  const unknown = Object.keys(request).find((name) => !FIELDS.includes(name))
  if (unknown) return [unknown, 'is unknown']
  if (!from?.email) return ['from', 'is required']
  if (!subject) return ['subject', 'is required']
  if (content.map(({ type }) => type).join() !== 'text/plain,text/html') return ['content', 'has not both parts']
  if (content.some(({ value }) => !value)) return ['content', 'is empty']
  if (!(personalizations?.length >= 1 && personalizations.length <= MOST)) return ['personalizations', 'are too many']
  if (Object.keys(headers).some((name) => FORBIDDEN.test(name))) return ['headers', 'are reserved']
  for (const [n, { content, filename, type = '', disposition }] of attachments.entries()) {
    const at = (field: string) => `attachments.${n}.${field}`
    if (!filename || !content || !BASE64.test(content)) return [at('content'), 'is no file']
    // SendGrid's own words.
    if (/[;\r\n]/.test(type)) return [at('type'), "The attachment type cannot contain ';', or CRLF characters."]
    if (disposition !== 'attachment') return [at('disposition'), 'is unknown']
  }
  const addresses = new Set<string>()
  for (const [n, { to, headers = {}, substitutions, custom_args, ...more }] of personalizations.entries()) {
    const at = (field: string) => `personalizations.${n}.${field}`
    const [first, ...others] = to ?? []
    if (!first || others.length || !parseAddress(first.email))
      return [at('to.0.email'), 'Does not contain a valid address.']
    if (addresses.has(first.email.toLowerCase())) return [at('to.0.email'), 'stands twice']
    addresses.add(first.email.toLowerCase())
    if (Object.keys(more).length) return [at(Object.keys(more).join()), 'is unknown']
    if (Object.keys(headers).some((name) => FORBIDDEN.test(name))) return [at('headers'), 'are reserved']
    if (bytes(custom_args) > MOST_BYTES) return [at('custom_args'), 'are too large']
    if (bytes(substitutions) > MOST_BYTES) return [at('substitutions'), 'are too large']
  }
}

/** @param refuses a message about a recipient that is refused; a position that is null names nobody */
export const startSendGrid = (
  refuses: (to: string) => string | undefined = () => undefined,
  { namesThem = true, most = MOST } = {},
) =>
  startProviderStandIn((body): Judged => {
    const request = JSON.parse(body) as SendGridRequest
    const { personalizations, subject = '', content = [], headers: common, attachments = [] } = request
    const files = attachments.map(({ filename = '', content = '' }) => ({
      name: filename,
      content: Buffer.from(content, 'base64').toString(),
    }))
    const answer = (errors: { field: string | null; message: string }[], status = 400): Judged => ({
      status,
      body: JSON.stringify({ errors }),
      delivered: [],
    })
    const mistake = mistakeIn(request)
    if (mistake) return answer([{ field: mistake[0], message: mistake[1] }])
    if (personalizations.length > most) return answer([{ field: null, message: 'Too large' }], 413)
    const refused = personalizations.flatMap(({ to }, n) => {
      const message = refuses(to[0]?.email ?? '')
      return message === undefined ? [] : { field: namesThem ? `personalizations.${n}.to.0.email` : null, message }
    })
    if (refused.length) return answer(namesThem ? refused : refused.slice(0, 1))
    const delivered = personalizations.map(({ to, headers, substitutions = {}, custom_args }): Delivered => {
      const fill = (text = '') =>
        Object.entries(substitutions).reduce((filled, [place, value]) => filled.replaceAll(place, value), text)
      return {
        to: to[0]?.email ?? '',
        subject: fill(subject),
        text: fill(content[0]?.value),
        html: fill(content[1]?.value),
        headers: { ...common, ...headers },
        key: custom_args?.email_key ?? '',
        files,
      }
    })
    return { status: 202, body: '', delivered }
  })

/** Fields and files. A client that reads its own form gives its line breaks back. */
async function formIn(body: string, { headers }: IncomingMessage) {
  const form = new URLSearchParams()
  const files: File[] = []
  const type = headers['content-type'] ?? ''
  for (const [name, value] of await new Response(body, { headers: { 'Content-Type': type } }).formData()) {
    if (typeof value === 'string') form.append(name, value.replaceAll('\r\n', '\n'))
    else if (name === 'attachment') files.push({ name: value.name, content: await value.text() })
  }
  return { form, files }
}

/** The same of Mailgun. */
export const startMailgun = (refuses: (to: string) => string | undefined = () => undefined, { most = MOST } = {}) =>
  startProviderStandIn(async (body, request): Promise<Judged> => {
    const { form, files } = await formIn(body, request)
    const to = form.getAll('to')
    const answer = (message: string, status = 400): Judged => ({
      status,
      body: JSON.stringify({ message }),
      delivered: [],
    })
    if (!form.get('from')) return answer('from parameter is missing')
    if (!to.length || to.length > MOST) return answer('to parameter has too many recipients')
    if (new Set(to.map((address) => address.toLowerCase())).size < to.length) return answer('a recipient stands twice')
    const variables: Record<string, Record<string, string>> = JSON.parse(form.get('recipient-variables') ?? '{}')
    if (to.length > 1 && to.some((address) => !variables[address])) return answer('everybody would see all addresses')
    if (to.length > most) return answer('Too large', 413)
    const refusal = to.map(refuses).find((message) => message !== undefined)
    if (refusal !== undefined) return answer(refusal)
    const delivered = to.map((address): Delivered => {
      const fill = (text: string | null) =>
        (text ?? '').replace(/%recipient\.(\w+)%/g, (_, name) => variables[address]?.[name] ?? '')
      const headers = [...form].filter(([name]) => name.startsWith('h:'))
      return {
        to: address,
        subject: fill(form.get('subject')),
        html: fill(form.get('html')),
        text: fill(form.get('text')),
        headers: Object.fromEntries(headers.map(([name, value]) => [name.slice(2), fill(value)])),
        key: fill(form.get('v:email_key')),
        files,
      }
    })
    return { status: 200, body: '{"id":"<1@mg.example.org>","message":"Queued. Thank you."}', delivered }
  })

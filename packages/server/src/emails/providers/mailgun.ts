import { z } from 'zod'
import { REPORTING } from '../../config/email-providers.ts'
import { parseSender } from '../../lib/email-address.ts'
import type { Attachment, Mailing, MailingOutcome, Outcome, OutgoingEmail, Provider } from '../../outbox/provider.ts'
import { type Answer, HTTP_TIMEOUT_MS, outcomeOf, outcomeOfMailing, post, type Reading } from './http.ts'

type Options = {
  apiKey: string
  domain: string
  apiUrl: string
  sender: string
  timeoutMs?: number
}

/** The most that Mailgun takes in one request. */
const MOST_RECIPIENTS = 1_000
/** Variables of our own, apart from those of the content. */
const MESSAGE_ID = 'messageId'
const KEY = 'key'

/** Sends by Mailgun's `POST /v3/<domain>/messages`: one email, or up to 1,000 that differ by recipient only. */
export function createMailgun({ apiKey, domain, apiUrl, sender, timeoutMs = HTTP_TIMEOUT_MS }: Options): Provider {
  const url = `${apiUrl}/v3/${domain}/messages`
  const from = headerOf(sender)
  const Authorization = `Basic ${Buffer.from(`api:${apiKey}`).toString('base64')}`

  const request = (
    { subject, html, text, headers, attachments }: Content,
    messageId: string,
    key: string,
    more: string[][],
  ) => {
    const fields = { from, subject, html, text, 'h:Message-Id': messageId, 'v:email_key': key, 'o:tracking': 'no' }
    const named = Object.entries(headers).map(([name, value]) => [`h:${name}`, value])
    const body = formOf([...Object.entries(fields), ...named, ...more], attachments)
    return post({ url, ...body, headers: { Authorization, ...body.headers }, timeoutMs })
  }

  const send = ({ to, messageId, key, ...content }: OutgoingEmail): Promise<Outcome> =>
    outcomeOf(() => request(content, messageId, key, [['to', to]]), READING, to)

  function sendMailing({ recipients, ...content }: Mailing): Promise<MailingOutcome> {
    const variables = Object.fromEntries(
      recipients.map(({ to, messageId, key, values }) => [to, { ...values, [MESSAGE_ID]: messageId, [KEY]: key }]),
    )
    // Without the variables, everybody would see all addresses.
    const more = [...recipients.map(({ to }) => ['to', to]), ['recipient-variables', JSON.stringify(variables)]]
    const send = () => request(content, placeholder(MESSAGE_ID), placeholder(KEY), more)
    return outcomeOfMailing(send, READING, recipients)
  }

  return {
    name: REPORTING.mailgun,
    send,
    batch: { mostRecipients: MOST_RECIPIENTS, placeholder, send: sendMailing },
    close: async () => {},
  }
}

type Content = Pick<Mailing, 'subject' | 'html' | 'text' | 'headers' | 'attachments'>

/** Files take a form of several parts, whose boundary the client puts into the header. */
function formOf(fields: string[][], attachments: readonly Attachment[] | undefined) {
  if (!attachments) {
    const type = { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' }
    return { body: new URLSearchParams(fields).toString(), headers: type }
  }
  const body = new FormData()
  for (const [name = '', value = ''] of fields) body.append(name, value)
  for (const { name, type, content } of attachments) body.append('attachment', new Blob([content], { type }), name)
  return { body, headers: {} }
}

const placeholder = (variable: string) => `%recipient.${variable}%`

/** As in a header (RFC 5322, 3.4), where a comma would separate two senders, and letters outside ASCII are encoded. */
function headerOf(sender: string): string {
  const { name = '', address = sender } = parseSender(sender) ?? {}
  if (!name) return address
  if (/\P{ASCII}/u.test(name)) return `${encodedWords(name)} <${address}>`
  const isPlain = /^[\w !#$%&'*+/=?^`{|}~-]*$/.test(name)
  return `${isPlain ? name : `"${name.replace(/["\\]/g, '\\$&')}"`} <${address}>`
}

/** RFC 2047: words of at most 75 characters, each of whole characters. */
function encodedWords(text: string): string {
  const words = ['']
  for (const character of text) {
    const longer = words.at(-1) + character
    if (Buffer.byteLength(longer) > MOST_WORD_BYTES) words.push(character)
    else words[words.length - 1] = longer
  }
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join(' ')
}

const MOST_WORD_BYTES = 45

const accepted = z.object({ id: z.string().min(1) })

/** Only an id proves that Mailgun itself has answered. */
function acceptedAs({ status, body }: Answer): string | undefined {
  if (status !== 200) return undefined
  try {
    return accepted.safeParse(JSON.parse(body)).data?.id
  } catch {
    return undefined
  }
}

/** It has delivered after errors of its own. */
const READING: Reading = { acceptedAs, isInDoubt: ({ status }) => status >= 500 }

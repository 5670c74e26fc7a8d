import { z } from 'zod'
import { parseSender } from '../../lib/email-address.ts'
import type { Outcome, OutgoingEmail, Provider } from '../../outbox/provider.ts'
import { type Answer, HTTP_TIMEOUT_MS, outcomeOfAnswer, outcomeOfError, post } from './http.ts'

type Options = {
  apiKey: string
  domain: string
  apiUrl: string
  sender: string
  timeoutMs?: number
}

/** Sends by Mailgun's `POST /v3/<domain>/messages`, one email a request. */
export function createMailgun({ apiKey, domain, apiUrl, sender, timeoutMs = HTTP_TIMEOUT_MS }: Options): Provider {
  const url = `${apiUrl}/v3/${domain}/messages`
  const from = headerOf(sender)
  const Authorization = `Basic ${Buffer.from(`api:${apiKey}`).toString('base64')}`

  async function send({ to, subject, html, text, messageId, headers }: OutgoingEmail): Promise<Outcome> {
    const fields = { from, to, subject, html, text, 'h:Message-Id': messageId, 'o:tracking': 'no' }
    const more = Object.entries(headers).map(([name, value]) => [`h:${name}`, value])
    const body = new URLSearchParams([...Object.entries(fields), ...more]).toString()
    const type = { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' }
    try {
      const answer = await post({ url, headers: { Authorization, ...type }, body, timeoutMs })
      const id = acceptedAs(answer)
      return id === undefined ? outcomeOfAnswer(answer, to) : { result: 'sent', messageId: id }
    } catch (error) {
      return outcomeOfError(error)
    }
  }

  return { name: 'Mailgun', send, close: async () => {} }
}

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

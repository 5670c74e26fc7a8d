import type { Outcome, OutgoingEmail, Provider } from '../../outbox/provider.ts'
import { HTTP_TIMEOUT_MS, outcomeOfAnswer, outcomeOfError } from './http.ts'
import { HEADERS } from './provider.ts'

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
  const Authorization = `Basic ${Buffer.from(`api:${apiKey}`).toString('base64')}`
  const headers = Object.entries(HEADERS).map(([name, value]) => [`h:${name}`, value])

  async function send({ to, subject, html, text, messageId }: OutgoingEmail): Promise<Outcome> {
    const fields = { from: sender, to, subject, html, text, 'h:Message-Id': messageId, 'o:tracking': 'no' }
    const body = new URLSearchParams([...Object.entries(fields), ...headers])
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const answer = await fetch(url, { method: 'POST', headers: { Authorization }, body, signal })
      const said = await answer.text()
      if (!answer.ok) return outcomeOfAnswer(answer.status, answer.headers, said)
      return { result: 'sent', messageId: idIn(said) }
    } catch (error) {
      return outcomeOfError(error)
    }
  }

  return { name: 'Mailgun', send, close: async () => {} }
}

const idIn = (answer: string) => /"id"\s*:\s*"([^"]+)"/.exec(answer)?.[1] ?? null

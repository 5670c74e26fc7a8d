import { onTestFinished } from 'vitest'

type Result = { data?: { notificationAdded?: Entry }; errors?: { message: string; extensions?: { code?: string } }[] }
type Entry = { id: number; kind: string; title: string }

const STREAM = 'subscription ($after: Int) { notificationAdded(after: $after) { id kind title } }'

/** Watches a member's live stream until the end of the test, as a browser's tab does. */
export async function watch(url: string, token: string, after?: number, headers: Record<string, string> = {}) {
  const leaving = new AbortController()
  onTestFinished(() => leaving.abort())
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: token && `Bearer ${token}`,
      ...headers,
    },
    body: JSON.stringify({ query: STREAM, variables: { after } }),
    signal: leaving.signal,
  })
  // Begun at once: a response that nobody reads is given up when memory is tidied.
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
  const results = parse(reader)
  return {
    status: response.status,
    headers: response.headers,
    /** The next result. Undefined when the stream has ended. */
    async next(): Promise<Result | undefined> {
      const { done, value } = await results.next()
      return done ? undefined : value
    },
    /** The next notifications. */
    async take(count: number): Promise<Entry[]> {
      const entries: Entry[] = []
      while (entries.length < count) {
        const { done, value } = await results.next()
        if (done || !value.data?.notificationAdded) throw new Error(`The stream gave ${JSON.stringify(value)}`)
        entries.push(value.data.notificationAdded)
      }
      return entries
    },
    leave: () => leaving.abort(),
  }
}

/** The results in a stream of server-sent events. */
async function* parse(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Result> {
  const decoder = new TextDecoder()
  let text = ''
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    text += decoder.decode(chunk.value, { stream: true })
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = text.slice(0, end)
      text = text.slice(end + 2)
      if (/^event: complete$/m.test(event)) return
      const data = /^data: (.+)$/m.exec(event)?.[1]
      if (data) yield JSON.parse(data)
    }
  }
}

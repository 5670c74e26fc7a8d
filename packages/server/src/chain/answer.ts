/** Of an answer, unpacked. A larger one is not read to its end: the process would run out of memory. */
const MOST_MEGABYTES = 20
/** A value in JSON takes up to 60 times its bytes in memory. A full answer has a fifth of this. */
const MOST_VALUES = 1_000_000
/** Of a refusal: its beginning is enough. */
const MOST_BYTES_REFUSED = 64 * 1024

/** An answer that is not read, because of its size or because it leads elsewhere. The message continues "The query node". */
export class Unacceptable extends Error {
  override name = 'Unacceptable'
}
export class TooLarge extends Unacceptable {
  override name = 'TooLarge'
}

/**
 * `fetch` for a server that we do not trust: a redirect can lead to an internal address, and a body can be endless.
 * @throws Unacceptable
 */
export const fetchAnswer: typeof fetch = async (address, options) => {
  const response = await fetch(address, { ...options, redirect: 'manual' })
  const { status, headers } = response
  if (status >= 300 && status < 400) {
    await response.body?.cancel()
    throw new Unacceptable(`redirects to ${placeOf(headers.get('location'), String(address))}, which is not followed`)
  }
  const body = await read(response, status < 400)
  if (body.length > MOST_VALUES && hasTooManyValues(body))
    throw new TooLarge('answered with more than a million values')
  return new Response(body.length ? body : null, { status, headers })
}

async function read({ body }: Response, whole: boolean): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (!whole && bytes > MOST_BYTES_REFUSED) break
    if (bytes > MOST_MEGABYTES * 1024 * 1024) throw new TooLarge(`answered with more than ${MOST_MEGABYTES} MB`)
  }
  return Buffer.concat(chunks)
}

/** Counts what separates values, which tells their number before they are in memory. Texts may contain anything. */
function hasTooManyValues(json: Buffer): boolean {
  let count = 0
  let isText = false
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]
    if (isText && byte === BACKSLASH) at++
    else if (byte === QUOTE) isText = !isText
    else if (!isText && (byte === COMMA || byte === BRACE || byte === BRACKET) && ++count > MOST_VALUES) return true
  }
  return false
}

const [QUOTE, COMMA, BRACE, BRACKET, BACKSLASH] = Buffer.from('",{[\\')

/** Without the parts that can be a key. */
function placeOf(location: string | null, base: string): string {
  const target = location === null ? null : URL.parse(location, base)
  return target ? target.origin + target.pathname : 'nowhere'
}

import type { IncomingMessage } from 'node:http'

const FIRST_BYTES = 4 * 1024
/** Parts of an honest body have a kilobyte or more. Each takes time, however small it is. */
const MOST_PARTS = 4_000

type Limits = {
  mostBytes: number
  /** Called before memory is taken. @returns whether there is enough */
  take?: (bytes: number) => boolean
}

/**
 * Reads a request's body. Its parts are copied together: kept, a part of one byte would take hundreds.
 * @returns the raw bytes; otherwise the rest is not read
 * @throws Error if the client goes away
 */
export async function readBytes(
  req: IncomingMessage,
  { mostBytes, take = () => true }: Limits,
): Promise<Buffer | 'too large' | 'no memory'> {
  let body = Buffer.alloc(0)
  let bytes = 0
  let parts = 0
  // By default, a stream that is not read to its end closes the connection before the answer.
  for await (const part of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    const end = bytes + part.length
    if (end > mostBytes || ++parts > MOST_PARTS) return 'too large'
    if (end > body.length) {
      const size = Math.min(mostBytes, Math.max(end, 2 * body.length, FIRST_BYTES))
      if (!take(size - body.length)) return 'no memory'
      const larger = Buffer.allocUnsafeSlow(size)
      body.copy(larger, 0, 0, bytes)
      body = larger
    }
    part.copy(body, bytes)
    bytes = end
  }
  return body.subarray(0, bytes)
}

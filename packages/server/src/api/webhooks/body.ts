import type { IncomingMessage } from 'node:http'

/** Of all requests together that are being read: nobody is known yet. */
const MOST_BYTES_READING = 32 * 1024 * 1024

let reading = 0

/** @returns the raw bytes; or the status to answer with, and then the rest of the body is not read */
export async function readBody(req: IncomingMessage, mostBytes: number): Promise<Buffer | 413 | 503> {
  if (Number(req.headers['content-length']) > mostBytes) return 413
  const parts: Buffer[] = []
  let bytes = 0
  try {
    // By default, a stream that is not read to its end closes the connection before the answer.
    for await (const part of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += part.length
      reading += part.length
      if (bytes > mostBytes) return 413
      if (reading > MOST_BYTES_READING) return 503
      parts.push(part)
    }
    return Buffer.concat(parts)
  } finally {
    reading -= bytes
  }
}

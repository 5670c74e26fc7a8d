import type { IncomingMessage } from 'node:http'
import { createTally } from '../tally.ts'

/** Of all requests together that are being read: nobody is known yet. */
const MOST_BYTES_READING = 32 * 1024 * 1024
/** Of those of one network, so that it cannot keep the providers out by sending slowly. */
const MOST_BYTES_OF_NETWORK = MOST_BYTES_READING / 4

let reading = 0
const ofNetworks = createTally<string>()

/**
 * @param network it comes from; undefined: a proxy hides it
 * @returns the raw bytes; or the status to answer with, and then the rest of the body is not read
 */
export async function readBody(
  req: IncomingMessage,
  mostBytes: number,
  network: string | undefined,
): Promise<Buffer | 413 | 503> {
  if (Number(req.headers['content-length']) > mostBytes) return 413
  const parts: Buffer[] = []
  let bytes = 0
  try {
    // By default, a stream that is not read to its end closes the connection before the answer.
    for await (const part of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += part.length
      reading += part.length
      if (network !== undefined) ofNetworks.add(network, part.length)
      if (bytes > mostBytes) return 413
      const isTooMuch = network !== undefined && ofNetworks.of(network) > MOST_BYTES_OF_NETWORK
      if (reading > MOST_BYTES_READING || isTooMuch) return 503
      parts.push(part)
    }
    return Buffer.concat(parts)
  } finally {
    reading -= bytes
    if (network !== undefined) ofNetworks.remove(network, bytes)
  }
}

import type { IncomingMessage } from 'node:http'
import { readBytes } from '../body.ts'
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
 * @throws Error if the client goes away
 */
export async function readBody(
  req: IncomingMessage,
  mostBytes: number,
  network: string | undefined,
): Promise<Buffer | 413 | 503> {
  if (Number(req.headers['content-length']) > mostBytes) return 413
  let taken = 0
  function take(bytes: number): boolean {
    taken += bytes
    reading += bytes
    if (network !== undefined) ofNetworks.add(network, bytes)
    const isTooMuch = network !== undefined && ofNetworks.of(network) > MOST_BYTES_OF_NETWORK
    return reading <= MOST_BYTES_READING && !isTooMuch
  }
  try {
    const body = await readBytes(req, { mostBytes, take })
    return body === 'too large' ? 413 : body === 'no memory' ? 503 : body
  } finally {
    reading -= taken
    if (network !== undefined) ofNetworks.remove(network, taken)
  }
}

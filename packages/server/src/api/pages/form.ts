import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBytes } from '../body.ts'

const MAX_BYTES = 256 * 1024

/**
 * Reads a form, in both encodings that browsers and mailbox providers (RFC 8058) send.
 * @returns nothing when it is no form, or more than 256 KB, or in too many parts
 */
export async function readForm(req: IncomingMessage, res: ServerResponse): Promise<FormData | undefined> {
  const type = req.headers['content-type'] ?? ''
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) return undefined
  const body = await readBytes(req, { mostBytes: MAX_BYTES })
  if (!Buffer.isBuffer(body)) {
    // The rest is not read. A proxy would send the next request, of any member, behind it.
    res.setHeader('connection', 'close')
    return undefined
  }
  return new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch(() => undefined)
}

/** A field as text; empty when it is absent or a file. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

/** A request that is valid HTTP, whatever its content. */
export type HostileRequest = {
  method: string
  path: string
  headers: Record<string, string>
  body: string | Buffer
  /** The answer must be an error. */
  refused: boolean
}

export const JSON_TYPE = { 'content-type': 'application/json' }

export const post = (body: string | Buffer, headers: Record<string, string> = JSON_TYPE) => ({
  method: 'POST',
  path: '/',
  headers,
  body,
})

/** What is sent over HTTP as it should be, whatever it says. */
export type HostileRequest = {
  method: string
  path: string
  headers: Record<string, string>
  body: string | Buffer
  /** An answer without an error is a mistake. */
  refused: boolean
}

export const JSON_TYPE = { 'content-type': 'application/json' }

export const post = (body: string | Buffer, headers: Record<string, string> = JSON_TYPE) => ({
  method: 'POST',
  path: '/',
  headers,
  body,
})

import type { KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiDeps } from '../graphql/builder.ts'

export type PageDeps = Pick<
  ApiDeps,
  'pool' | 'queryNode' | 'log' | 'pioneerUrl' | 'tokens' | 'whyDays' | 'sendPromptly'
> & {
  /** Signs links. Undefined: no email had any yet. */
  findKey: () => Promise<KeyObject | undefined>
}

/** Answers a GET, HEAD or POST for the token in the address. */
export type PageHandler = (req: IncomingMessage, res: ServerResponse, token: string) => Promise<void>

export type PageDefinition = {
  name: string
  /** The beginning of its path, which ends with a token. */
  path: string
  handle: PageHandler
  /** Who counts as the caller of a POST, instead of its network. Undefined: the token is invalid. */
  callerOf?: (key: KeyObject, token: string) => string | undefined
}

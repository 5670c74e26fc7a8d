import { pino } from 'pino'
import type { Member } from 'query-node'
import { onTestFinished } from 'vitest'
import { type ApiOptions, startApi } from '../../src/api/server.ts'
import { connectQueryNode, MANY_MEMBERS } from '../../src/chain/client.ts'
import { logOptions } from '../../src/lib/logger.ts'
import { PIONEER_URL, type Story } from './story.ts'

type Answer = {
  data: Record<string, unknown> | null
  errors?: { message: string; extensions?: { code?: string; id?: string } }[]
}

/** Serves the API over the story's database and query node until the end of the test. */
export async function serveApi(
  story: Story,
  {
    emailProviders = ['test'],
    whyDays = 90,
    sendPromptly,
    ...options
  }: Partial<ApiOptions> & { emailProviders?: string[]; whyDays?: number; sendPromptly?: (id: number) => void } = {},
) {
  const { db, pool } = story.deps
  const { tokens } = story
  const log: string[] = []
  const api = await startApi(
    {
      db,
      pool,
      queryNode: connectQueryNode(story.node.url, undefined, MANY_MEMBERS),
      tokens,
      pioneerUrl: PIONEER_URL,
      whyDays,
      emailProviders,
      sendPromptly,
      log: pino(logOptions('debug'), { write: (line: string) => void log.push(line) }),
    },
    {
      port: 0,
      host: '127.0.0.1',
      corsOrigins: [],
      graphiql: false,
      introspection: true,
      trustedProxies: 0,
      requestsPerMinute: 600,
      ...options,
    },
  )
  onTestFinished(api.close)

  /** Sends an operation as deployed clients do: with an empty Authorization header where there is no token. */
  async function ask(query: string, variables: object = {}, token = ''): Promise<Answer> {
    const response = await fetch(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: token && `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    })
    return (await response.json()) as Answer
  }

  return {
    url: api.url,
    close: api.close,
    log,
    ask,
    tokenOf: (member: Member) => tokens.auth(Number(member.id)),
    /** The data of an answer. @throws Error if it has errors */
    async data(query: string, variables: object = {}, token = '') {
      const { data, errors } = await ask(query, variables, token)
      if (errors) throw new Error(errors.map(({ message }) => message).join('; '))
      return data ?? {}
    },
    /** The code of the only error; the field must be null. */
    async code(query: string, variables: object = {}, token = ''): Promise<string | undefined> {
      const { data, errors } = await ask(query, variables, token)
      if (data && Object.values(data).some((field) => field !== null)) throw new Error('The field is not null')
      return errors?.[0]?.extensions?.code
    },
  }
}

export type Api = Awaited<ReturnType<typeof serveApi>>

/** What a wallet signs to prove that a membership is its own. */
export const signed = (member: Member, timestamp = Date.now()) => ({
  memberId: Number(member.id),
  timestamp,
  signature: member.sign(`${member.id}:${timestamp}`),
})

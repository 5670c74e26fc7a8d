import SchemaBuilder from '@pothos/core'
import RelayPlugin from '@pothos/plugin-relay'
import { GraphQLScalarType, Kind } from 'graphql'
import type { QueryNode } from '../../chain/client.ts'
import { type Database, type Pool, queryPrepared } from '../../db/client.ts'
import { type Member, Prisma } from '../../generated/prisma/client.ts'
import type { Feed } from '../../inbox/feed.ts'
import { watchesAccounts } from '../../inbox/own-votes.ts'
import type { Reader } from '../../inbox/read.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Holder, Tokens } from '../../members/tokens.ts'
import { apiError } from '../errors.ts'
import type { SignatureVerifier } from '../signature-verifier.ts'

export type ApiDeps = {
  db: Database
  pool: Pool
  /** Where PostgreSQL itself answers, if the pool leads through a pooler. */
  directUrl?: string | undefined
  queryNode: QueryNode
  tokens: Tokens
  log: Logger
  pioneerUrl: string
  /** For how many days the rules of events are kept. */
  whyDays: number
  /** Its name; "none" if none is configured. */
  emailProviders: readonly string[]
  /** Sends an email of the outbox in the background. Absent: the notifier sends it. */
  sendPromptly?: ((emailId: number) => void) | undefined
}

export type Context = ApiDeps & {
  feed: Feed
  signatures: SignatureVerifier
  /** Counts a member's stream until its response is closed. @throws RATE_LIMITED */
  openStream: (memberId: number) => void
  /** Counts against the request's budget of notifications. */
  requestedRows: number
  /** How many previews of settings the request asked for. */
  previews: number
  /** How many events it asked to explain. */
  explanations: number
  holder: Holder | undefined
  /** For the limits per network. Undefined: a proxy hides it. */
  network: string | undefined
}

export const builder = new SchemaBuilder<{
  Context: Context
  Scalars: { BigInt: { Input: number; Output: number } }
}>({
  plugins: [RelayPlugin],
  // Used for its connections only: no object has a global id.
  relay: { nodeQueryOptions: false, nodesQueryOptions: false },
})

builder.queryType({})
builder.mutationType({})

const parseBigInt = (value: unknown): number => {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value
  if (!Number.isSafeInteger(number)) throw apiError('BAD_USER_INPUT', 'A BigInt must be a whole number, at most 2^53.')
  return number as number
}
builder.addScalarType(
  'BigInt',
  new GraphQLScalarType({
    name: 'BigInt',
    description: 'A whole number, at most 2^53, as a JSON number or a decimal string.',
    serialize: parseBigInt,
    parseValue: parseBigInt,
    parseLiteral: (node) =>
      parseBigInt(node.kind === Kind.INT || node.kind === Kind.STRING ? node.value : `a ${node.kind}`),
  }),
)

/** What every request needs of its member. */
export type Caller = Pick<Member, 'id' | 'timeZone'>

/** @throws UNAUTHENTICATED without a valid token, if it was ended, or if its membership is not registered */
export const requireMember = (context: Context): Promise<Caller> =>
  authenticated<Caller>(context, Prisma.sql`id, "timeZone"`)

/** With what it takes to read their notifications. @throws as requireMember does */
export const requireReader = (context: Context): Promise<Reader> =>
  authenticated<Reader>(
    context,
    Prisma.sql`id, "timeZone", ${watchesAccounts(Prisma.sql`"Member".id`)} AS "watchesAccounts"`,
  )

/** What members see of themselves. */
const PROFILE = [
  'id',
  'name',
  'email',
  'unverifiedEmail',
  'receiveEmails',
  'emailFrequency',
  'digestHour',
  'digestWeekday',
  'timeZone',
  'pauseEmailsUntil',
  'urgentImmediately',
] as const
export type Profile = Pick<Member, (typeof PROFILE)[number]>

/** @throws as requireMember does */
export const requireProfile = (context: Context): Promise<Profile> =>
  authenticated<Profile>(context, Prisma.raw(PROFILE.map((name) => `"${name}"`).join(', ')))

async function authenticated<Row>({ holder, pool }: Context, columns: Prisma.Sql): Promise<Row> {
  if (!holder) {
    throw apiError(
      'UNAUTHENTICATED',
      'you are not signed in. Sign in, then send the token as "Authorization: Bearer <token>".',
    )
  }
  const { memberId, generation } = holder
  // Every request runs this. Prisma would take twice the time, and a join a tenth more: docs/decisions/0006.
  const { rows } = await queryPrepared<Row & { generation: number | null }>(
    pool,
    Prisma.sql`
      SELECT ${columns}, (SELECT generation FROM "TokenGeneration" WHERE "memberId" = ${memberId}) AS generation
      FROM "Member" WHERE id = ${memberId}`,
  )
  const [member] = rows
  if (!member) throw apiError('UNAUTHENTICATED', `membership ${memberId} is not registered. Sign up first.`)
  if ((member.generation ?? 0) !== generation) {
    throw apiError('UNAUTHENTICATED', 'you were signed out, here or by a new controller account. Sign in again.')
  }
  return member
}

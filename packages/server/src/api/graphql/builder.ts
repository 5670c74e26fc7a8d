import SchemaBuilder from '@pothos/core'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import { GraphQLScalarType, Kind } from 'graphql'
import type { QueryNode } from '../../chain/client.ts'
import { type Database, type Pool, query } from '../../db/client.ts'
import type PrismaTypes from '../../generated/pothos.ts'
import { getDatamodel } from '../../generated/pothos.ts'
import { type Member, Prisma } from '../../generated/prisma/client.ts'
import type { Feed } from '../../inbox/feed.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Tokens } from '../../members/tokens.ts'
import { apiError } from '../errors.ts'

/** What every request can use, made once. */
export type ApiDeps = {
  db: Database
  pool: Pool
  queryNode: QueryNode
  tokens: Tokens
  log: Logger
  pioneerUrl: string
  /** What sends emails; "none" where nothing is configured. */
  emailProvider: string
}

/** What a resolver gets. */
export type Context = ApiDeps & {
  feed: Feed
  /** How many notifications the request has asked for so far. */
  asked: number
  /** Whose token came with the request. */
  memberId: number | undefined
  /** Where the request came from: the part of its address that one caller cannot change at will. */
  network: string
}

export const builder = new SchemaBuilder<{
  PrismaTypes: PrismaTypes
  Context: Context
  Scalars: { BigInt: { Input: number; Output: number } }
}>({
  plugins: [PrismaPlugin, RelayPlugin],
  prisma: { client: ({ db }) => db, dmmf: getDatamodel() },
  // Only its connections: nothing here is asked for by a global id.
  relay: { nodeQueryOptions: false, nodesQueryOptions: false },
})

builder.queryType({})
builder.mutationType({})

/** Deployed clients send it as a JSON number. */
const bigInt = (value: unknown): number => {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value
  if (!Number.isSafeInteger(number)) throw apiError('BAD_USER_INPUT', 'BigInt takes a whole number of up to 2^53.')
  return number as number
}
builder.addScalarType(
  'BigInt',
  new GraphQLScalarType({
    name: 'BigInt',
    description: 'A whole number of up to 2^53, as a JSON number or a decimal string.',
    serialize: bigInt,
    parseValue: bigInt,
    parseLiteral: (node) => bigInt(node.kind === Kind.INT || node.kind === Kind.STRING ? node.value : `a ${node.kind}`),
  }),
)

/**
 * The member who asks.
 *
 * @throws UNAUTHENTICATED without a valid token, or when its membership is not registered here
 */
export async function requireMember({ memberId, pool }: Context): Promise<Member> {
  if (memberId === undefined) {
    throw apiError('UNAUTHENTICATED', 'Sign in first: send the token as "Authorization: Bearer <token>".')
  }
  // Every request asks this, and a statement of our own takes half of Prisma's time: docs/decisions/0006.
  const { rows } = await query<Member>(pool, Prisma.sql`SELECT * FROM "Member" WHERE id = ${memberId}`)
  const [member] = rows
  if (!member) throw apiError('UNAUTHENTICATED', `Membership ${memberId} is not registered here: sign up first.`)
  return member
}

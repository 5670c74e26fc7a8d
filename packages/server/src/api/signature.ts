import { QueryNodeError } from '../chain/client.ts'
import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { graphql } from '../generated/query-node/gql.ts'
import { apiError } from './errors.ts'
import type { Context } from './graphql/builder.ts'
import { limitRate } from './rate-limit.ts'

const MINUTE_MS = 60_000
const SIGNATURE_MAX_AGE_MS = 60 * MINUTE_MS
const CLOCK_TOLERANCE_MS = 5 * MINUTE_MS
const MAX_ATTEMPTS = { perMember: 10, perNetwork: 50 }

export type SignedRequest = { memberId: number; signature: string; timestamp: number }

/**
 * Checks that a membership's controller account signed `<member id>:<timestamp>`, and that the signature is new.
 * @param timestamp milliseconds since 1970
 * @returns the membership's handle
 * @throws RATE_LIMITED, INVALID_SIGNATURE, NOT_A_MEMBER, QUERY_NODE_UNAVAILABLE
 */
export async function verifySignature(
  context: Context,
  { memberId, signature, timestamp }: SignedRequest,
): Promise<{ handle: string }> {
  // The cheap checks come first: the others cost a query node request and milliseconds of CPU.
  const { pool, network } = context
  const now = Date.now()
  if (timestamp < now - SIGNATURE_MAX_AGE_MS) {
    throw apiError('INVALID_SIGNATURE', 'This signature is more than an hour old: sign again.')
  }
  if (timestamp > now + CLOCK_TOLERANCE_MS) {
    throw apiError('INVALID_SIGNATURE', "This signature is from the future: check your device's clock and sign again.")
  }
  // The network's limit comes first, so that a blocked network cannot use up a member's attempts.
  if (network !== undefined) await limitRate(pool, 'sign-in from address', network, MAX_ATTEMPTS.perNetwork)
  await limitRate(pool, 'sign-in of member', memberId, MAX_ATTEMPTS.perMember)

  const { handle, controllerAccount } = await readMembership(context, memberId)
  if (!(await context.signatures.isSignedBy(controllerAccount, `${memberId}:${timestamp}`, signature))) {
    throw apiError(
      'INVALID_SIGNATURE',
      `This signature is not from the controller account of membership ${memberId}: sign with that account.`,
    )
  }
  if (!(await recordSignIn(pool, memberId, new Date(timestamp)))) {
    throw apiError('INVALID_SIGNATURE', 'This signature was used before: sign again.')
  }
  return { handle }
}

async function readMembership({ queryNode }: Context, memberId: number) {
  try {
    const { memberships } = await queryNode.request(membershipQuery, { id: String(memberId) })
    const membership = memberships[0]
    if (!membership) {
      throw apiError('NOT_A_MEMBER', `Membership ${memberId} does not exist on the chain: check its id.`)
    }
    return membership
  } catch (error) {
    if (!(error instanceof QueryNodeError)) throw error
    throw apiError('QUERY_NODE_UNAVAILABLE', 'Your membership cannot be checked right now: try again in a minute.')
  }
}

/** @returns false after a sign-in with this signature or a newer one */
async function recordSignIn(pool: Pool, memberId: number, signedAt: Date): Promise<boolean> {
  const { rowCount } = await query(
    pool,
    Prisma.sql`
      INSERT INTO "SignIn" AS s ("memberId", "signedAt") VALUES (${memberId}, ${signedAt})
      ON CONFLICT ("memberId") DO UPDATE SET "signedAt" = excluded."signedAt", "updatedAt" = now()
      WHERE s."signedAt" < excluded."signedAt"`,
  )
  return rowCount === 1
}

const membershipQuery = graphql(`
  query Membership($id: ID!) {
    memberships(where: { id_eq: $id }, limit: 1) { handle controllerAccount }
  }
`)

import { QueryNodeError } from '../chain/client.ts'
import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { graphql } from '../generated/query-node/gql.ts'
import { readTokenGeneration } from '../members/token-generation.ts'
import { apiError } from './errors.ts'
import type { Context } from './graphql/builder.ts'
import { type FailureLimit, limitFailures } from './rate-limit.ts'

const MINUTE_MS = 60_000
const SIGNATURE_MAX_AGE_MS = 60 * MINUTE_MS
const CLOCK_TOLERANCE_MS = 5 * MINUTE_MS
/** In ten minutes; `perMember`: of one network. */
const MAX_FAILURES = { perMember: 10, perNetwork: 50 }
/** Nobody signs in that often within the tolerance. */
const MAX_AHEAD = 100

export type SignedRequest = { memberId: number; signature: string; timestamp: number }
export type SignedAccount = { address: string; signature: string; timestamp: number }

/**
 * Checks that a membership's controller account signed `<member id>:<timestamp>`, and that the signature is new.
 * @param timestamp milliseconds since 1970
 * @returns the membership's handle, and the generation of its token
 * @throws RATE_LIMITED, INVALID_SIGNATURE, NOT_A_MEMBER, QUERY_NODE_UNAVAILABLE
 */
export async function verifySignature(
  context: Context,
  { memberId, signature, timestamp }: SignedRequest,
): Promise<{ handle: string; generation: number }> {
  // The cheap checks come first: the others cost a query node request and milliseconds of CPU.
  const { pool, network } = context
  checkAge(timestamp)
  return limitFailures(
    pool,
    limitsOf('sign-in', memberId, network),
    ['INVALID_SIGNATURE', 'NOT_A_MEMBER'],
    async () => {
      // Before the account is looked up: if it changes meanwhile, the token is not valid.
      const generation = await readTokenGeneration(pool, memberId)
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
      return { handle, generation }
    },
  )
}

/**
 * Checks that an account signed `watch:<member id>:<address>:<timestamp>`, with the address as it was sent. The signature
 * may be used again while it is fresh: it serves only this member, who is signed in, and who has it.
 * @param timestamp milliseconds since 1970
 * @throws RATE_LIMITED, INVALID_SIGNATURE
 */
export async function verifyAccount(
  { pool, network, signatures }: Context,
  memberId: number,
  { address, signature, timestamp }: SignedAccount,
): Promise<void> {
  checkAge(timestamp)
  await limitFailures(pool, limitsOf('proof of account', memberId, network), ['INVALID_SIGNATURE'], async () => {
    const text = `watch:${memberId}:${address}:${timestamp}`
    if (!(await signatures.isSignedBy(address, text, signature))) {
      throw apiError(
        'INVALID_SIGNATURE',
        `This signature of ${text} is not from the account ${address}, or is of another text. Sign exactly this text with that account, with the address as you send it. Multi-signature and proxy accounts cannot sign.`,
      )
    }
  })
}

function checkAge(timestamp: number): void {
  const now = Date.now()
  if (timestamp < now - SIGNATURE_MAX_AGE_MS) {
    throw apiError('INVALID_SIGNATURE', 'This signature is more than an hour old: sign again.')
  }
  if (timestamp > now + CLOCK_TOLERANCE_MS) {
    throw apiError('INVALID_SIGNATURE', "This signature is from the future: check your device's clock and sign again.")
  }
}

/**
 * A stranger cannot use up a member's attempts: they are counted for each network. The network's own limit comes first,
 * so that a blocked network adds no counts.
 */
const limitsOf = (what: string, memberId: number, network: string | undefined): FailureLimit[] =>
  network === undefined
    ? []
    : [
        { name: `${what} from address`, caller: network, max: MAX_FAILURES.perNetwork },
        { name: `${what} of member`, caller: `${memberId} from ${network}`, max: MAX_FAILURES.perMember },
      ]

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

/**
 * A signature dated ahead is kept by itself, so that the member's next one, of a time before it, is newer.
 * @returns false after a sign-in with this signature or a newer one
 */
async function recordSignIn(pool: Pool, memberId: number, signedAt: Date): Promise<boolean> {
  const signed = Prisma.sql`${signedAt}::timestamptz`
  const { rowCount } = await query(
    pool,
    Prisma.sql`
      INSERT INTO "SignIn" AS s ("memberId", "signedAt", "signedAhead")
      SELECT ${memberId}, least(${signed}, now()), CASE WHEN ${signed} > now() THEN ARRAY[${signed}] ELSE '{}' END
      ON CONFLICT ("memberId") DO UPDATE SET
        "signedAt" = greatest(s."signedAt", excluded."signedAt"),
        "signedAhead" = excluded."signedAhead" || ARRAY(
          SELECT ahead FROM unnest(s."signedAhead") AS ahead WHERE ahead > excluded."signedAt"
        ),
        "updatedAt" = now()
      WHERE s."signedAt" < ${signed} AND ${signed} <> ALL (s."signedAhead")
        AND (SELECT count(*) FROM unnest(s."signedAhead") AS ahead WHERE ahead > now()) < ${MAX_AHEAD}::int`,
  )
  return rowCount === 1
}

const membershipQuery = graphql(`
  query Membership($id: ID!) {
    memberships(where: { id_eq: $id }, limit: 1) { handle controllerAccount }
  }
`)

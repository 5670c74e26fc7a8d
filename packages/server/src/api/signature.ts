import { hexToU8a, isHex } from '@polkadot/util'
import { cryptoWaitReady, signatureVerify } from '@polkadot/util-crypto'
import { QueryNodeError } from '../chain/client.ts'
import type { Database } from '../db/client.ts'
import { graphql } from '../generated/query-node/gql.ts'
import { apiError } from './errors.ts'
import type { Context } from './graphql/builder.ts'
import { limitRate } from './rate-limit.ts'

const MINUTE = 60_000
/** Milliseconds that a signature may be old, and ahead of our clock. */
const OLDEST = 60 * MINUTE
const AHEAD = 5 * MINUTE
const ATTEMPTS = { member: 10, address: 50 }

export type Signed = { memberId: number; signature: string; timestamp: number }

/**
 * Checks that a membership's controller account has signed `<member id>:<timestamp>` just now, for the first time.
 *
 * The cheap checks come first: the look-up is somebody else's work, and verifying costs milliseconds.
 *
 * @param timestamp milliseconds since 1970
 * @throws RATE_LIMITED, INVALID_SIGNATURE, NOT_A_MEMBER, QUERY_NODE_UNAVAILABLE
 */
export async function verifySigned(context: Context, { memberId, signature, timestamp }: Signed): Promise<void> {
  const { db, pool, network } = context
  const now = Date.now()
  if (timestamp < now - OLDEST)
    throw apiError('INVALID_SIGNATURE', 'This signature is more than an hour old: sign again.')
  if (timestamp > now + AHEAD) {
    throw apiError('INVALID_SIGNATURE', "This signature is from the future: check your device's clock and sign again.")
  }
  // In this order: a network that has had its attempts uses up nobody else's.
  await limitRate(pool, 'sign-in from address', network, ATTEMPTS.address)
  await limitRate(pool, 'sign-in of member', memberId, ATTEMPTS.member)

  const account = await controllerAccount(context, memberId)
  if (!(await isSignedBy(account, `${memberId}:${timestamp}`, signature))) {
    throw apiError('INVALID_SIGNATURE', `This is no signature of the controller account of membership ${memberId}.`)
  }
  await useOnce(db, memberId, new Date(timestamp))
}

async function controllerAccount({ queryNode }: Context, memberId: number): Promise<string> {
  try {
    const { memberships } = await queryNode.request(controllerQuery, { id: String(memberId) })
    const account = memberships[0]?.controllerAccount
    if (account === undefined) throw apiError('NOT_A_MEMBER', `There is no membership ${memberId} on the chain.`)
    return account
  } catch (error) {
    if (!(error instanceof QueryNodeError)) throw error
    throw apiError('QUERY_NODE_UNAVAILABLE', 'The chain cannot be asked who you are just now: try again in a minute.')
  }
}

/** sr25519, ed25519 or ecdsa, over the text as it is or wrapped in `<Bytes>`, as wallet extensions do. */
async function isSignedBy(account: string, text: string, signature: string): Promise<boolean> {
  // 64 bytes, 65 for ecdsa, one more where the signature names its own kind.
  if (!isHex(signature) || signature.length > 2 + 2 * 66) return false
  await cryptoWaitReady()
  try {
    return signatureVerify(text, hexToU8a(signature), account).isValid
  } catch {
    return false
  }
}

/** @throws INVALID_SIGNATURE when the member has used this signature, or a newer one */
async function useOnce(db: Database, memberId: number, signedAt: Date): Promise<void> {
  const used = await db.$executeRaw`
    INSERT INTO "SignIn" AS s ("memberId", "signedAt") VALUES (${memberId}, ${signedAt})
    ON CONFLICT ("memberId") DO UPDATE SET "signedAt" = excluded."signedAt", "updatedAt" = now()
    WHERE s."signedAt" < excluded."signedAt"`
  if (used !== 1) throw apiError('INVALID_SIGNATURE', 'This signature was used before: sign again.')
}

const controllerQuery = graphql(`
  query ControllerAccount($id: ID!) {
    memberships(where: { id_eq: $id }, limit: 1) { controllerAccount }
  }
`)

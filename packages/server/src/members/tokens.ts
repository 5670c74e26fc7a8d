import { createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'

/** Told apart by `type`, as the replaced backend did: an email's token is no key to the API. */
const AUTH = 0
const EMAIL = 1

const DAY = 24 * 60 * 60
/** Seconds. */
const AUTH_LIFETIME = 90 * DAY
const EMAIL_LIFETIME = 7 * DAY
/** An expiry beyond this cannot be in seconds (it would be in the year 5138): the replaced backend wrote milliseconds. */
const LATEST_SECONDS = 100_000_000_000

export type Tokens = ReturnType<typeof createTokens>

/**
 * Issues and reads tokens: JWTs (HS256) over APP_SECRET_KEY.
 *
 * @param secretKey made into a key once: doing so for each token costs more than verifying it
 */
export function createTokens(secretKey: string) {
  const key = createSecretKey(secretKey, 'utf8')

  function read(token: string): jwt.JwtPayload | undefined {
    try {
      const payload = jwt.verify(token, key, { algorithms: ['HS256'], ignoreExpiration: true })
      if (typeof payload === 'string' || typeof payload.exp !== 'number') return undefined
      const expiresAt = payload.exp > LATEST_SECONDS ? payload.exp : payload.exp * 1000
      return expiresAt > Date.now() ? payload : undefined
    } catch {
      return undefined
    }
  }

  return {
    /** A token with which a member calls the API; valid for 90 days. */
    auth: (memberId: number): string => jwt.sign({ memberId, type: AUTH }, key, { expiresIn: AUTH_LIFETIME }),

    /** @returns whose token it is, or nothing when it is no valid one */
    memberOf(token: string): number | undefined {
      const payload = read(token)
      return payload?.type === AUTH && isMemberId(payload.memberId) ? payload.memberId : undefined
    },

    /** A token that confirms that a member reads emails to an address; valid for 7 days. */
    email: (memberId: number, address: string): string =>
      jwt.sign({ memberId, email: address, type: EMAIL }, key, { expiresIn: EMAIL_LIFETIME }),

    /** @returns whom and which address it confirms, or nothing when it is no valid one */
    confirmed(token: string): { memberId: number; email: string } | undefined {
      const payload = read(token)
      if (payload?.type !== EMAIL || !isMemberId(payload.memberId) || typeof payload.email !== 'string') return
      return { memberId: payload.memberId, email: payload.email }
    },
  }
}

/** What the database can hold as one. */
export const isMemberId = (id: unknown): id is number => Number.isInteger(id) && Math.abs(Number(id)) < 2 ** 31

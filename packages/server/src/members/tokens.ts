import { createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'

/** Told apart by `type`, as in the replaced backend: the token of an email does not open the API. */
const AUTH = 0
const EMAIL = 1

const DAY_SECONDS = 24 * 60 * 60
const AUTH_LIFETIME_SECONDS = 90 * DAY_SECONDS
export const EMAIL_LIFETIME_SECONDS = 7 * DAY_SECONDS
/** A larger expiry is in milliseconds, as the replaced backend wrote it: in seconds this is the year 5138. */
const LATEST_SECONDS = 100_000_000_000

export type Tokens = ReturnType<typeof createTokens>

/**
 * Issues and reads tokens: JWTs (HS256) over APP_SECRET_KEY.
 * @param secretKey parsed once: parsing it for each token costs more than verifying
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
    auth: (memberId: number): string => jwt.sign({ memberId, type: AUTH }, key, { expiresIn: AUTH_LIFETIME_SECONDS }),

    memberOf(token: string): number | undefined {
      const payload = read(token)
      return payload?.type === AUTH && isMemberId(payload.memberId) ? payload.memberId : undefined
    },

    email: (memberId: number, address: string): string =>
      jwt.sign({ memberId, email: address, type: EMAIL }, key, { expiresIn: EMAIL_LIFETIME_SECONDS }),

    confirmed(token: string): { memberId: number; email: string } | undefined {
      const payload = read(token)
      if (payload?.type !== EMAIL || !isMemberId(payload.memberId) || typeof payload.email !== 'string') return
      return { memberId: payload.memberId, email: payload.email }
    },
  }
}

/** The range of the database's integers. */
export const isMemberId = (id: unknown): id is number => Number.isInteger(id) && Math.abs(Number(id)) < 2 ** 31

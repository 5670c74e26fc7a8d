import { createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'

/** Told apart by `type`, as in the replaced backend: the token of an email does not open the API. */
const AUTH = 0
const EMAIL = 1

const DAY_SECONDS = 24 * 60 * 60
const AUTH_LIFETIME_SECONDS = 90 * DAY_SECONDS
export const EMAIL_LIFETIME_SECONDS = 7 * DAY_SECONDS
/** A larger time is in milliseconds, as the replaced backend wrote it: in seconds this is the year 5138. */
const LATEST_SECONDS = 100_000_000_000

/** Who sent a token. */
export type Holder = { memberId: number; generation: number }

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
      return typeof payload === 'string' ? undefined : payload
    } catch {
      return undefined
    }
  }

  return {
    /** @param generation the current one of the member's tokens: members/token-generation.ts */
    auth: (memberId: number, generation = 0): string =>
      jwt.sign({ memberId, type: AUTH, generation }, key, { expiresIn: AUTH_LIFETIME_SECONDS }),

    /** Whether the token has been ended since is for the caller to check, by its generation. */
    holderOf(token: string): Holder | undefined {
      const payload = read(token)
      if (payload?.type !== AUTH || !isMemberId(payload.memberId)) return undefined
      // Earlier versions and the replaced backend wrote no generation.
      const { memberId, exp, generation = 0 } = payload
      const isValid = isNumber(exp) && toMs(exp) > Date.now()
      return isValid && Number.isSafeInteger(generation) ? { memberId, generation } : undefined
    },

    memberOf(token: string): number | undefined {
      return this.holderOf(token)?.memberId
    },

    /** @param issuedAtMs kept to the millisecond: a member can give up an address within a second */
    email: (memberId: number, address: string, issuedAtMs = Date.now()): string =>
      jwt.sign({ memberId, email: address, type: EMAIL, iat: issuedAtMs / 1000 }, key, {
        expiresIn: EMAIL_LIFETIME_SECONDS,
      }),

    /** The replaced backend's tokens have no expiry: they are accepted for as long as ours. */
    confirmed(token: string): Confirmation | undefined {
      const payload = read(token)
      if (payload?.type !== EMAIL || !isMemberId(payload.memberId) || typeof payload.email !== 'string') return
      const { memberId, email, iat, exp } = payload
      if (!isNumber(iat)) return
      const issuedAtMs = Math.round(toMs(iat))
      const expiresAtMs = exp === undefined ? issuedAtMs + EMAIL_LIFETIME_SECONDS * 1000 : toMs(exp)
      return expiresAtMs > Date.now() ? { memberId, email, issuedAtMs } : undefined
    },
  }
}

/** What the token of a confirmation link says. */
export type Confirmation = { memberId: number; email: string; issuedAtMs: number }

const isNumber = (value: unknown): value is number => typeof value === 'number'

const toMs = (time: number) => (time > LATEST_SECONDS ? time : time * 1000)

/** The range of the database's integers. */
export const isMemberId = (id: unknown): id is number => Number.isInteger(id) && Math.abs(Number(id)) < 2 ** 31

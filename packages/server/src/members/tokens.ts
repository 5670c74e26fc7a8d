import { createSecretKey, type KeyObject } from 'node:crypto'
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
 * @param previousKey reads what it has signed, and signs nothing
 */
export function createTokens(secretKey: string, previousKey?: string) {
  const key = createSecretKey(secretKey, 'utf8')
  const previous = previousKey === undefined ? undefined : createSecretKey(previousKey, 'utf8')
  /** How many tokens of each kind were accepted that only the previous key has signed. */
  const previousKeyUses = { auth: 0, email: 0 }

  function verify(token: string, by: KeyObject): jwt.JwtPayload | undefined {
    try {
      const payload = jwt.verify(token, by, { algorithms: ['HS256'], ignoreExpiration: true })
      return typeof payload === 'string' ? undefined : payload
    } catch {
      return undefined
    }
  }

  function read<T>(
    token: string,
    kind: keyof typeof previousKeyUses,
    parse: (payload: jwt.JwtPayload) => T | undefined,
  ) {
    const current = verify(token, key)
    if (current || !previous) return current && parse(current)
    const payload = verify(token, previous)
    const parsed = payload && parse(payload)
    if (parsed !== undefined) previousKeyUses[kind]++
    return parsed
  }

  return {
    previousKeyUses,

    /** @param generation the current one of the member's tokens: members/token-generation.ts */
    auth: (memberId: number, generation = 0): string =>
      jwt.sign({ memberId, type: AUTH, generation }, key, { expiresIn: AUTH_LIFETIME_SECONDS }),

    /** Whether the token has been ended since is for the caller to check, by its generation. */
    holderOf: (token: string): Holder | undefined =>
      read(token, 'auth', ({ type, memberId, exp, generation = 0 }) => {
        // Earlier versions and the replaced backend wrote no generation.
        const isValid = isNumber(exp) && toMs(exp) > Date.now() && Number.isSafeInteger(generation)
        return type === AUTH && isMemberId(memberId) && isValid ? { memberId, generation } : undefined
      }),

    memberOf(token: string): number | undefined {
      return this.holderOf(token)?.memberId
    },

    /**
     * Reads the confirmation of an address in an email of an earlier version, or of the replaced backend. The latter's
     * have no expiry: they are accepted for as long as ours.
     */
    confirmed: (token: string): Confirmation | undefined =>
      read(token, 'email', ({ type, memberId, email, iat, exp }) => {
        if (type !== EMAIL || !isMemberId(memberId) || typeof email !== 'string' || !isNumber(iat)) return undefined
        const issuedAtMs = Math.round(toMs(iat))
        const expiresAtMs = exp === undefined ? issuedAtMs + EMAIL_LIFETIME_SECONDS * 1000 : toMs(exp)
        return expiresAtMs > Date.now() ? { memberId, email, issuedAtMs } : undefined
      }),
  }
}

/** What the token of a confirmation link says. */
export type Confirmation = { memberId: number; email: string; issuedAtMs: number }

const isNumber = (value: unknown): value is number => typeof value === 'number'

const toMs = (time: number) => (time > LATEST_SECONDS ? time : time * 1000)

/** The range of the database's integers. */
export const isMemberId = (id: unknown): id is number => Number.isInteger(id) && Math.abs(Number(id)) < 2 ** 31

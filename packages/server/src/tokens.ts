import jwt from 'jsonwebtoken'

/** Seconds. */
const LIFETIME = 90 * 24 * 60 * 60

/**
 * A token with which a member calls the API.
 *
 * @param secretKey APP_SECRET_KEY
 * @returns a JWT (HS256) that is valid for 90 days
 */
export function authToken(memberId: number, secretKey: string): string {
  // Type 0: the replaced backend wrote it so, and tells auth tokens from those in emails by it.
  return jwt.sign({ memberId, type: 0 }, secretKey, { algorithm: 'HS256', expiresIn: LIFETIME })
}

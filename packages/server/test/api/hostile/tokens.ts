import fc from 'fast-check'
import jwt from 'jsonwebtoken'

const SECRET = 'a secret of the tests'
const HOUR = 60 * 60
const soon = Math.floor(Date.now() / 1000) + HOUR

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The id of a registered member. */
export const BOB = 1
const good = { memberId: BOB, type: 0, exp: soon }
export const bobsToken = jwt.sign(good, SECRET)

const [header, body, signature] = bobsToken.split('.') as [string, string, string]
const signed = (payload: object) => jwt.sign(payload, SECRET)
const worthless = [
  `${encoded({ alg: 'none', typ: 'JWT' })}.${body}.`,
  `${encoded({ alg: 'HS256', typ: 'JWT', crit: ['x'] })}.${body}.${signature}`,
  `${header}.${body}.`,
  `${header}.${body}`,
  `${header}.${encoded({ ...good, memberId: BOB + 1 })}.${signature}`,
  `${header}..${signature}`,
  '..',
  jwt.sign(good, 'another secret'),
  jwt.sign(good, SECRET, { algorithm: 'HS512' }),
  jwt.sign(good, SECRET, { algorithm: 'HS384' }),
  signed({ ...good, exp: soon - 2 * HOUR }),
  signed({ ...good, exp: (soon - 2 * HOUR) * 1000 }),
  signed({ memberId: BOB, type: 0 }),
  signed({ ...good, type: 1, email: 'bob@example.org' }),
  signed({ ...good, type: '0' }),
  signed({ ...good, type: null }),
  ...[String(BOB), [BOB], { id: BOB }, null, true, 1.5, -1, 2 ** 31, 2 ** 53, 1e300, 4711].map((memberId) =>
    signed({ ...good, memberId }),
  ),
  jwt.sign('bob', SECRET),
  jwt.sign('null', SECRET),
  'x'.repeat(8_000),
]

/** Authorization headers that authenticate nobody. */
export const worthlessAuthorizations = fc.oneof(
  fc.constantFrom('', 'Bearer', 'Bearer ', 'Bearer null', 'Bearer undefined', 'Bearer Bearer x', 'Bearer \u00ff\u00e4'),
  fc.constantFrom(...worthless.map((token) => `Bearer ${token}`)),
  fc
    .tuple(fc.constantFrom('Bearer', 'bearer', 'Basic', 'Token', ''), fc.string({ maxLength: 60 }))
    .map((parts) => parts.join(' ')),
)

/** Tokens that confirm no address. */
export const worthlessTokens = [
  bobsToken,
  signed({ memberId: BOB, type: 1, email: 'other@example.org', exp: soon }),
  signed({ memberId: 2 ** 31, type: 1, email: 'bob@example.org', exp: soon }),
  signed({ memberId: BOB, type: 1, email: ['bob@example.org'], exp: soon }),
]

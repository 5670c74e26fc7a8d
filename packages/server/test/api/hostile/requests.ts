import fc, { type Arbitrary } from 'fast-check'
import { oddParameters, wrongBodies } from './bodies.ts'
import { hostileDocuments } from './documents.ts'
import { type HostileRequest, JSON_TYPE, post } from './http.ts'
import { type Operation, operations, operationsOfMembers } from './operations.ts'
import { bobsToken, worthlessAuthorizations } from './tokens.ts'
import { toJson } from './values.ts'

const asJson = ({ query, variables }: Operation, headers = {}) =>
  post(toJson({ query, variables }), { ...JSON_TYPE, ...headers })

const asParameters = ({ query, variables }: Operation) =>
  Object.entries({ query, variables: toJson(variables) })
    .map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`)
    .join('&')

/** For a longer path, Node.js closes the connection while the client still sends. */
const MAX_PATH_LENGTH = 10_000

/** The ways to send an operation. */
const carriers: ((operation: Operation) => Omit<HostileRequest, 'refused'>)[] = [
  ...Array(5).fill(asJson),
  (operation) => asJson(operation, { accept: 'text/event-stream' }),
  (operation) => asJson(operation, { accept: 'application/graphql-response+json' }),
  (operation) => post(asParameters(operation), { 'content-type': 'application/x-www-form-urlencoded' }),
  (operation) => {
    const path = `/graphql?${asParameters(operation)}`
    return path.length < MAX_PATH_LENGTH ? { method: 'GET', path, headers: {}, body: '' } : asJson(operation)
  },
  // This content type has no variables.
  (operation) =>
    Object.keys(operation.variables).length
      ? asJson(operation)
      : post(operation.query, { 'content-type': 'application/graphql' }),
]
const carried = (operation: Arbitrary<Operation>) =>
  fc
    .tuple(operation, fc.constantFrom(...carriers))
    .map(([sent, carrier]) => ({ ...carrier(sent), refused: sent.refused }))

const documents = carried(hostileDocuments.map((query) => ({ query, variables: {}, refused: false })))

const PATHS = [
  ...'/? /?query /?query= /?query=% /?query=%ED%A0%80 /?query=&query= /?query=%7Bme%7Bid%7D%7D&variables={'.split(' '),
  ...'/?query=%7B__typename%7D&variables=5 /graphql?variables={ /?extensions=[ /?__proto__[x]=1'.split(' '),
  ...'// ///graphql /graphql/ /GraphQL /nothing /% /%00 /..%2f..%2fetc/passwd /__proto__ /healthz/'.split(' '),
  ...'/?query=mutation%7BmarkAllNotificationsRead%7D /?query=subscription%7Bx%7D'.split(' '),
]
const paths = fc.oneof(
  fc.constantFrom(...PATHS),
  fc.webPath().map((path) => `/${path}`),
  fc.webQueryParameters().map((query) => `/?query=${query}`),
)
const oddPaths = fc
  .tuple(fc.constantFrom('GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'), paths)
  .map(([method, path]) => ({ method, path, headers: {}, body: '', refused: false }))

const withoutToken = fc.oneof(
  { weight: 8, arbitrary: carried(operations) },
  { weight: 2, arbitrary: documents },
  { weight: 3, arbitrary: wrongBodies },
  { weight: 1, arbitrary: oddParameters },
  { weight: 1, arbitrary: oddPaths },
)
/** Changes nothing, even with bob's token. */
const withBobsToken = fc.oneof(
  { weight: 3, arbitrary: carried(operationsOfMembers) },
  { weight: 1, arbitrary: documents },
)

/** Every request has its own address: otherwise the rate limit would hide the checks behind it. */
const addresses = fc.oneof(
  { weight: 8, arbitrary: fc.ipV4() },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.constantFrom('', ',', ',,,', 'unknown', '127.0.0.1, ::1', "'; --"),
      fc.string({ minLength: 6_000, maxLength: 6_000 }).map((text) => text.replaceAll(',', ';')),
    ),
  },
)

export const hostileRequests: Arbitrary<HostileRequest> = fc
  .tuple(
    fc.oneof(
      { weight: 2, arbitrary: fc.tuple(withoutToken, worthlessAuthorizations) },
      { weight: 1, arbitrary: fc.tuple(withBobsToken, fc.constant(`Bearer ${bobsToken}`)) },
    ),
    addresses,
  )
  .map(([[request, authorization], address]) => ({
    ...request,
    headers: { ...request.headers, authorization, 'x-forwarded-for': address },
  }))

/** Small requests that push large documents out of the server's cache, so that its memory can be compared. */
export const small: HostileRequest[] = Array.from({ length: 200 }, (_, n) => ({
  ...post(toJson({ query: n % 2 ? `{ a${n}: __typename }` : `{ a${n}: ` })),
  refused: n % 2 === 0,
}))

import { gzipSync } from 'node:zlib'
import fc, { type Arbitrary } from 'fast-check'
import { type HostileRequest, JSON_TYPE, post } from './http.ts'
import { nastyStrings, toJson } from './values.ts'

const QUERY = '{ __typename }'

/** Not an operation, and mostly not JSON. */
const bodies: Arbitrary<string | Buffer> = fc.oneof(
  fc.constantFrom<string | Buffer>(
    ...['', ' ', '{', '}', '[', 'null', '0', '"', '"query"', '[]', '{}', '\ufeff{}', '{"query":', '\0', 'undefined'],
    ...['{"query": 1}', '{"query": null}', '{"query": {}}', '{"query": ["{ me { id } }"]}', '{"query": "\\u0000"}'],
    ...['{"query": "\\ud800"}', '{"variables": {}}', '{"operationName": "x"}', '{"__proto__": {"query": "{ me }"}}'],
    ...['['.repeat(50_000), '{"a":'.repeat(15_000), `[${'[],'.repeat(30_000)}[]]`, `{"query": "${'\\'.repeat(50_000)}`],
    toJson([{ query: QUERY }, { query: QUERY }]),
    Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d]),
    Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]),
    gzipSync(toJson({ query: QUERY })),
  ),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => text.slice(0, -1)),
  fc.jsonValue().map((value) => toJson(value === null || typeof value !== 'object' ? value : [value])),
  fc.jsonValue().map((query) => toJson({ query: [query] })),
)

const named = (name: string, ...values: string[]) => values.map((value) => ({ ...JSON_TYPE, [name]: value }))
const HEADERS: Record<string, string>[] = [
  {},
  ...named('content-type', 'text/plain', 'application/xml', 'multipart/form-data', ';', 'a/b', ''),
  ...named('content-type', ...['utf-16', 'nothing', '"'].map((charset) => `application/json; charset=${charset}`)),
  ...named('content-encoding', 'gzip', 'br', 'identity, gzip', 'nothing'),
  ...named('accept', 'text/html', 'image/*', 'text/event-stream', 'multipart/mixed', ';;;', '*'),
]

const part = (name: string, value: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const MULTIPART = [
  `${part('operations', '{"query":"{ me { id } }"}')}--x--\r\n`,
  `${part('operations', '{')}${part('map', '{"0":["__proto__.x"]}')}--x--`,
  `${part('map', '{"0": 5}')}--x--\r\n`,
  '--x\r\n',
]

const MEGABYTE = 'x'.repeat(1_000_000)
const LARGE = [
  `mutation { signup(memberId: 1, name: "${MEGABYTE}", signature: "0x", timestamp: 1) }`,
  `{ ${MEGABYTE} }`,
  `# ${MEGABYTE}`,
]

const refused = (request: Omit<HostileRequest, 'refused'>) => ({ ...request, refused: true })

export const wrongBodies: Arbitrary<HostileRequest> = fc.oneof(
  { weight: 10, arbitrary: bodies.map((body) => refused(post(body))) },
  {
    weight: 3,
    arbitrary: fc.tuple(bodies, fc.constantFrom(...HEADERS)).map(([body, headers]) => refused(post(body, headers))),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...MULTIPART)
      .map((body) => refused(post(body, { 'content-type': 'multipart/form-data; boundary=x' }))),
  },
  { weight: 1, arbitrary: fc.constantFrom(...LARGE).map((query) => refused(post(toJson({ query })))) },
)

/** A valid query beside odd values. */
export const oddParameters: Arbitrary<HostileRequest> = fc
  .record({
    query: fc.constant(QUERY),
    variables: fc.jsonValue(),
    extensions: fc.jsonValue(),
    operationName: fc.oneof(fc.jsonValue(), nastyStrings),
  })
  .map((value) => ({ ...post(toJson(value)), refused: false }))

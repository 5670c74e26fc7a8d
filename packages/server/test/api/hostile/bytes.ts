import fc, { type Arbitrary } from 'fast-check'

const METHODS = [...'GET GET GET POST POST HEAD PUT OPTIONS TRACE CONNECT PRI get'.split(' '), 'G\0T', '']
const TARGETS = [
  ...'/ /graphql /?query={__typename} // //graphql /% /%zz /?query=% /# /healthz /../../etc/passwd * \\ x'.split(' '),
  ...'http://evil.example/ http://evil.example/?query={__typename} https://[::1 http: evil.example:443'.split(' '),
  ...['', '/\u00ff', '/a b', `/${'a'.repeat(20_000)}`, `/?query=${'%7B'.repeat(10_000)}`],
]
const VERSIONS = [...'HTTP/1.1 HTTP/1.1 HTTP/1.1 HTTP/1.1 HTTP/1.0 HTTP/2.0 HTTP/9.9 HTTP'.split(' '), '']

const header = (name: string, ...values: string[]) => values.map((value) => `${name}: ${value}`)
const HEADERS = [
  ...header('Host', 'a b', '[', '%', 'evil.example:99999', '', '\u00ff', 'a\r\nHost: b'),
  ...header('Content-Length', '5', '-1', '0x10', '1e3', '50000', '9'.repeat(20), '5\r\nContent-Length: 6', ''),
  ...header('Transfer-Encoding', 'chunked', 'gzip, chunked', 'nothing'),
  ...header('Expect', '100-continue', 'a-miracle'),
  ...header('Connection', 'upgrade, x', 'Upgrade\r\nUpgrade: websocket'),
  ...header('Content-Type', 'application/json', 'application/json', 'multipart/form-data; boundary='),
  ...header('Origin', 'null', '\u00ff'),
  ...header('X', '\0', 'v'.repeat(70_000), 'y\r\nX: y'.repeat(500)),
  ...header('Authorization', '\u00ff\u00fe', '\t'),
  ...[': nameless', 'X\0: y', ' folded', 'X : y', `${'N'.repeat(20_000)}: n`, 'Access-Control-Request-Headers: \u00ff'],
]
const BODY = '{"query":"{ me { id } }"}'
const BODIES = [
  ...['', BODY, '{"query":', '\0\0\0', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'x'.repeat(60_000)],
  // In chunks.
  ...[`19\r\n${BODY}\r\n0\r\n\r\n`, 'zz\r\n', 'ffffffffffffffff\r\n', '-1\r\n', `5;${'x'.repeat(20_000)}\r\n`],
]

const oddRequests = fc
  .tuple(
    fc.constantFrom(...METHODS),
    fc.constantFrom(...TARGETS),
    fc.constantFrom(...VERSIONS),
    fc.subarray(HEADERS, { maxLength: 3 }),
    fc.constantFrom(...BODIES),
    fc.boolean(),
  )
  .map(([method, target, version, headers, body, hasHost]) =>
    [`${method} ${target} ${version}`, ...(hasHost ? ['Host: x'] : []), ...headers, '', body].join('\r\n'),
  )

const GOOD = `POST / HTTP/1.1\r\nHost: x\r\n${header('Content-Length', String(BODY.length))}\r\n\r\n${BODY}`
const truncated = fc.nat(GOOD.length).map((length) => GOOD.slice(0, length))

/** Does not wait for an answer. */
const pipelined = fc.nat(50).map((count) => 'GET /?query=%7B__typename%7D HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(count))

const noise = fc.oneof(
  fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.constantFrom('', '\r\n', '\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'SSH-2.0-x\r\n'),
  fc.constant('\0'.repeat(10_000)),
)

/** Bytes on a socket that are invalid or incomplete HTTP. One character is one byte. */
export const hostileBytes: Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: oddRequests },
  { weight: 2, arbitrary: truncated },
  { weight: 1, arbitrary: pipelined },
  { weight: 2, arbitrary: noise },
)

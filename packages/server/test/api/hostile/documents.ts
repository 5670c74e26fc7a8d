import fc, { type Arbitrary } from 'fast-check'

const times = (count: number, piece: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => piece(n)).join(' ')
const sizes = fc.constantFrom(1, 2, 10, 100, 1_000, 5_000)

const PIECES = [
  ...[
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    ':',
    '!',
    '=',
    '|',
    '&',
    '@',
    '$',
    '...',
    '#',
    '"',
    '"""',
    '\\',
    ',',
    '\0',
    '\ufeff',
  ],
  ...['query', 'mutation', 'subscription', 'fragment', 'on', 'type', 'schema', 'extend', 'null', 'true', '1', '1.5e9'],
  ...['me', 'id', 'notifications', 'memberExist', '__typename', '__schema', '__proto__', 'Query', 'Member', '\ud800'],
  ...['@include', '@skip', '@defer', '@stream', '@deprecated', '$id', '"x"', '-', '0x1', '😀'],
]

const VALID = [
  '{ me { id name email } }',
  'query Inbox($kind: NotificationKind) { notifications(kind: $kind, limit: 10) { id title url ... on Notification { kind } } }',
  'query { ...F } fragment F on Query { unreadCount generalSubscriptions { ...S } } fragment S on GeneralSubscription { kind }',
  '{ __schema { types { name fields { name args { name type { name ofType { name } } } } } } }',
]

/** Documents that are too deep, too wide, too long or circular. */
const bombs: Record<string, (size: number) => string> = {
  deep: (size) => `${'{ me '.repeat(size)} ${'}'.repeat(size)}`,
  'deep and unclosed': (size) => '{ me '.repeat(size),
  'deep list': (size) => `{ memberExist(id: ${'['.repeat(size)}1${']'.repeat(size)}) }`,
  'deep object': (size) => `{ memberExist(id: ${'{a: '.repeat(size)}1${'}'.repeat(size)}) }`,
  'deep type': (size) => `query ($id: ${'['.repeat(size)}Int${']'.repeat(size)}) { memberExist(id: $id) }`,
  'inline fragments': (size) => `${'{ ... on Query '.repeat(size)} { __typename } ${'}'.repeat(size)}`,
  aliases: (size) => `{ ${times(size, (n) => `a${n}: memberExist(id: ${n})`)} }`,
  'the same field': (size) => `{ ${'me { id } '.repeat(size)} }`,
  'one alias with different arguments': (size) => `{ ${times(size, (n) => `a: memberExist(id: ${n})`)} }`,
  directives: (size) => `{ __typename ${'@include(if: true) '.repeat(size)} }`,
  'unknown directives': (size) => `{ __typename ${times(size, (n) => `@d${n}(x: ${n})`)} }`,
  'circular fragments': (size) =>
    `{ ...f0 } ${times(size, (n) => `fragment f${n} on Query { a${n}: memberExist(id: ${n}) ...f${(n + 1) % size} }`)}`,
  'doubling fragments': (size) =>
    `{ ...f0 } ${times(size, (n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`)} fragment f${size} on Query { __typename }`,
  'a fragment of itself': (size) => `{ me { ...f } } fragment f on Member { id ${'...f '.repeat(size)} }`,
  'doubling fields': (size) =>
    `{ ${times(size, () => 'a: me { id ...on Member { b: id ... on Member { b: id } } }')} }`,
  introspection: (size) => `{ __schema { types ${'{ fields { type '.repeat(size)} { name } ${'} }'.repeat(size)} } }`,
  'introspection of inner types': (size) =>
    `{ __type(name: "Query") ${'{ ofType '.repeat(size)} { name } ${'}'.repeat(size)} }`,
  'introspection by name': (size) =>
    `{ ${times(size, (n) => `t${n}: __type(name: "Notification") { fields { name } }`)} }`,
  operations: (size) => times(size, (n) => `query Q${n} { __typename }`),
  'nameless operations': (size) => times(size + 1, () => 'query { __typename }'),
  variables: (size) => `query (${times(size, (n) => `$v${n}: Int = ${n}`)}) { memberExist(id: $v0) }`,
  arguments: (size) => `{ memberExist(${times(size, (n) => `id: ${n}`)}) }`,
  'a long name': (size) => `{ ${'m'.repeat(size * 10)} }`,
  'a long number': (size) => `{ memberExist(id: ${'9'.repeat(size * 10)}) }`,
  'a long string': (size) => `{ notifications(eventId: "${'\\u0000'.repeat(size)}") { id } }`,
  'a long block': (size) => `{ notifications(eventId: """${'\\n '.repeat(size)}""") { id } }`,
  'a long comment': (size) => `# ${'x'.repeat(size * 10)}`,
  commas: (size) => `${','.repeat(size * 10)}{`,
}

/** Documents that cannot change anything. */
export const hostileDocuments: Arbitrary<string> = fc.oneof(
  fc.tuple(fc.constantFrom(...Object.values(bombs)), sizes).map(([bomb, size]) => bomb(size)),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(' ')),
  fc.string({ unit: 'binary', maxLength: 200 }),
  // A document with one mistake.
  fc
    .tuple(fc.constantFrom(...VALID), fc.nat(200), fc.nat(3), fc.constantFrom(...PIECES, ''))
    .map(([text, at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length)),
)

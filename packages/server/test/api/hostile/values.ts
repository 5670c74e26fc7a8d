import fc, { type Arbitrary } from 'fast-check'
import { type GraphQLInputType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql'
import { worthlessTokens } from './tokens.ts'

/** Literal text for JSON and documents, whose numbers can exceed JavaScript's. */
class Raw {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toJSON() {
    return `@raw:${this.text}@`
  }
}
const raw = (...texts: string[]) => fc.constantFrom(...texts.map((text) => new Raw(text)))

const LONG = 'x'.repeat(50_000)

export const nastyStrings: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['', ' ', '\0', 'nul\0nul', '\ud800', 'half\udfff', '\ufeff', '\u202e', '\r\n.\r\n', '🦜'.repeat(100), LONG],
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'undefined', 'NaN', '[object Object]'],
    ...["' OR 1=1 --", `"; DROP TABLE "Member"; --`, '$1', '\\', '%', '%s%n', '{{7*7}}', `\${7*7}`, '<script>'],
    ...['../../etc/passwd', 'a@b', 'a\0@example.org', 'a@example.org\r\nBcc: b@example.org', `${LONG}@example.org`],
    ...['0x', `0x${'zz'.repeat(64)}`, `0x${'11'.repeat(64)}`, `0x${'00'.repeat(10_000)}`, '9'.repeat(400), '-1'],
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 40 }),
)

const hugeNumbers = raw('1e400', '-1e400', '9'.repeat(300), '1.5', '9007199254740993', '2147483648')
const nested = (depth: number) => {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { a: value }
  return value
}
const objects = fc.constantFrom<unknown>(
  ...[{}, { toString: 1, valueOf: 1 }, { length: -1 }, { toJSON: null }, nested(50), nested(2_000)],
  ...['__proto__', 'constructor', 'kind', 'then'].map((key) => Object.fromEntries([[key, { toString: null }]])),
)
const lists = fc.constantFrom<unknown>([[]], [[[[]]]], [{}], [[1, [2]]])

/** A text that BigInt accepts. */
const WHOLE = /^-?\d{1,16}$/

const wrongScalars: Record<string, Arbitrary<unknown>> = {
  Boolean: fc.oneof(nastyStrings, hugeNumbers, raw('0', '1')),
  String: fc.oneof(fc.boolean(), hugeNumbers, raw('0', '-1')),
  Int: fc.oneof(fc.boolean(), nastyStrings, hugeNumbers),
  BigInt: fc.oneof(
    fc.boolean(),
    nastyStrings.filter((text) => !WHOLE.test(text)),
    hugeNumbers.filter(({ text }) => !WHOLE.test(text)),
  ),
}

/** A value that is not of the type, even if JavaScript could convert it. */
export function wrong(type: GraphQLInputType): Arbitrary<unknown> {
  if (isNonNullType(type)) return fc.oneof(fc.constant(null), wrong(type.ofType))
  if (isListType(type)) return wrong(type.ofType).map((value) => [value])
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
    const spoiled = fields.map((field) => wrong(field.type).map((value) => ({ [field.name]: value })))
    const unknown = nastyStrings.map((key) => Object.fromEntries([[key, 1]]))
    return fc.oneof(...spoiled, unknown, nastyStrings, hugeNumbers, lists)
  }
  const scalar = isEnumType(type)
    ? fc.oneof(nastyStrings, hugeNumbers, raw('true', 'constructor', '__proto__'))
    : wrongScalars[type.name]
  return fc.oneof(scalar ?? hugeNumbers, objects, lists)
}

/** An unusual value of the type. */
export function nasty(type: GraphQLInputType): Arbitrary<unknown> {
  if (isNonNullType(type)) return nasty(type.ofType)
  if (isListType(type)) return fc.oneof(fc.array(nasty(type.ofType), { maxLength: 3 }), many(type.ofType))
  if (isInputObjectType(type)) return plausible(type)
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name))
  if (type.name === 'Boolean') return fc.boolean()
  if (type.name === 'Int') return fc.constantFrom(-1, 0, 2 ** 31 - 1, -(2 ** 31))
  if (type.name === 'BigInt') return fc.constantFrom<unknown>(0, -1, 2 ** 53 - 1, 1 - 2 ** 53, '-5', '9007199254740991')
  return nastyStrings
}
const many = (type: GraphQLInputType) => nasty(type).map((value) => Array(1_500).fill(value))

/** Texts that pass the first check of an argument. */
const VALID_TEXTS: Record<string, string> = { email: 'mallory@example.org', signature: `0x${'11'.repeat(64)}` }

/** A usual value of the type. */
export function plausible(type: GraphQLInputType, name = ''): Arbitrary<unknown> {
  if (isNonNullType(type)) return plausible(type.ofType, name)
  if (isListType(type)) return fc.array(plausible(type.ofType), { minLength: 1, maxLength: 3 })
  if (isInputObjectType(type)) {
    return fc.record(
      Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, plausible(field.type)])),
    )
  }
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name))
  if (type.name === 'Boolean') return fc.boolean()
  if (type.name === 'Int') return fc.nat(60)
  if (type.name === 'BigInt') return fc.integer({ min: -1_000, max: 1_000 }).map((skew) => Date.now() + skew)
  return fc.constantFrom(...(VALID_TEXTS[name] ? [VALID_TEXTS[name]] : ['1', 'mallory', ...worthlessTokens]))
}

/** JSON of the value, including Raw parts. */
export const toJson = (value: unknown): string => JSON.stringify(value).replaceAll(/"@raw:([^"]*?)@"/g, '$1')

/** The value as a literal in a document. */
export function toLiteral(value: unknown): string {
  if (value instanceof Raw) return value.text
  if (Array.isArray(value)) return `[${value.map(toLiteral).join(' ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, field]) => `${name}: ${toLiteral(field)}`)
    .join(' ')}}`
}

import fc, { type Arbitrary } from 'fast-check'
import { getNamedType } from 'graphql'
import { everythingOf, type RootField, rootFields } from '../../support/documents.ts'
import { nasty, plausible, toLiteral, wrong } from './values.ts'

/** One operation and its expected outcome. */
export type Operation = {
  query: string
  variables: Record<string, unknown>
  /** The answer must be an error: the operation is invalid, or not allowed. */
  refused: boolean
}

type Argument = {
  name: string
  type: string
  value: unknown
  isWrong: boolean
  /** The value matches no row and is not an address. An empty address leaves the other arguments in force. */
  changesNothing: boolean
}

/** The field that answers without a token. */
const PUBLIC = 'Query.memberExist'

/** Every field of the schema without a token, with arguments that range from plausible to absurd. */
export const operations: Arbitrary<Operation> = ofFields(rootFields, ({ name }, args) => ({
  args,
  refused: name !== PUBLIC || args.some(({ isWrong }) => isWrong),
}))

const UNKNOWN: Argument = { name: 'nobodyKnows', type: 'Int', value: 1, isWrong: true, changesNothing: true }

/** The same with a member's token. Operations that would change data or open a stream contain an error. */
export const operationsOfMembers: Arbitrary<Operation> = ofFields(rootFields, ({ root }, given) => {
  const isHarmless = {
    query: true,
    mutation: given.some(({ changesNothing }) => changesNothing),
    subscription: given.some(({ isWrong }) => isWrong),
  }[root]
  const args = isHarmless ? given : [...given, UNKNOWN]
  return { args, refused: args.some(({ isWrong }) => isWrong) }
})

function ofFields(
  fields: RootField[],
  judge: (field: RootField, args: Argument[]) => { args: Argument[]; refused: boolean },
): Arbitrary<Operation> {
  return fc
    .constantFrom(...fields)
    .chain((field) =>
      fc.tuple(
        fc.constant(field),
        fc.tuple(...field.field.args.map(argument)),
        fc.constantFrom('literals', 'variables', 'String'),
      ),
    )
    .map(([field, given, by]) => {
      const { args, refused } = judge(
        field,
        given.filter((arg) => arg !== undefined),
      )
      return { ...write(field, args, by), refused }
    })
}

function argument({ name, type }: RootField['field']['args'][number]): Arbitrary<Argument | undefined> {
  const isText = (value: unknown) => getNamedType(type).name === 'String' && String(value).trim() !== ''
  const kinds = [
    // Frequent, so that an invalid argument mostly has valid ones beside it and is the only cause of an error.
    { weight: 6, arbitrary: plausible(type, name).map((value) => ({ value, isWrong: false, changesNothing: false })) },
    { weight: 1, arbitrary: nasty(type).map((value) => ({ value, isWrong: false, changesNothing: isText(value) })) },
    { weight: 1, arbitrary: wrong(type).map((value) => ({ value, isWrong: true, changesNothing: true })) },
  ]
  const given = fc.oneof(...kinds).map((kind) => ({ name, type: String(type), ...kind }))
  return fc.option(given, { nil: undefined, freq: 12 })
}

/** Writes the arguments into the document or as variables, of their own types or all declared as String. */
function write({ root, field }: RootField, args: Argument[], by: string) {
  const selection = everythingOf(field.type)
  const list = (text: string) => text && `(${text})`
  if (by === 'literals') {
    const passed = list(args.map(({ name, value }) => `${name}: ${toLiteral(value)}`).join(', '))
    return { query: `${root} { ${field.name}${passed} ${selection} }`, variables: {} }
  }
  const declared = list(args.map(({ name, type }) => `$${name}: ${by === 'variables' ? type : by}`).join(', '))
  const passed = list(args.map(({ name }) => `${name}: $${name}`).join(', '))
  return {
    query: `${root} ${declared} { ${field.name}${passed} ${selection} }`,
    variables: Object.fromEntries(args.map(({ name, value }) => [name, value])),
  }
}

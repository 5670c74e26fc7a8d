import { type GraphQLField, type GraphQLOutputType, getNamedType, isCompositeType, isObjectType } from 'graphql'
import { schema } from '../../src/api/graphql/schema.ts'

/** A field of Query, Mutation or Subscription; its name is `Query.me`. */
export type RootField = {
  name: string
  root: 'query' | 'mutation' | 'subscription'
  field: GraphQLField<unknown, unknown>
}

const ROOTS = { Query: 'query', Mutation: 'mutation', Subscription: 'subscription' } as const

/** Tests that walk these fields cover new ones automatically. */
export const rootFields: RootField[] = (['Query', 'Mutation', 'Subscription'] as const).flatMap((type) => {
  const found = schema.getType(type)
  const fields = isObjectType(found) ? Object.values(found.getFields()) : []
  return fields.map((field) => ({ name: `${type}.${field.name}`, root: ROOTS[type], field }))
})

/** Selects the field with all its arguments as variables, and all its subfields. */
export function documentOf({ root, field: { name, args, type } }: RootField): string {
  const declared = args.map((arg) => `$${arg.name}: ${arg.type}`).join(', ')
  const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ')
  const inBrackets = (list: string) => list && `(${list})`
  return `${root} ${inBrackets(declared)} { ${name}${inBrackets(passed)} ${everythingOf(type)} }`
}

/** A selection of all fields of the type, and of those below them. */
export function everythingOf(type: GraphQLOutputType): string {
  const named = getNamedType(type)
  if (!isCompositeType(named)) return ''
  if (!isObjectType(named)) throw new Error(`Say how everything of ${named} is selected`)
  const selections = Object.values(named.getFields()).map((field) => `${field.name} ${everythingOf(field.type)}`)
  return `{ ${selections.join(' ')} }`
}

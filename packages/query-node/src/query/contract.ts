import { readFileSync } from 'node:fs'
import { Kind, parse, type TypeNode } from 'graphql'

/** A field of a type of the contract: the type that it leads to, and whether to a list of it. */
export type ContractField = { readonly type: string; readonly isList: boolean }

/** The text of the contract. */
export const typeDefs = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')

function describe(type: TypeNode): ContractField {
  if (type.kind === Kind.NAMED_TYPE) return { type: type.name.value, isList: false }
  return { type: describe(type.type).type, isList: type.kind === Kind.LIST_TYPE || describe(type.type).isList }
}

/** The object types of the contract with their fields. Read from its text, which needs no particular copy of graphql. */
export const objectTypes: ReadonlyMap<string, ReadonlyMap<string, ContractField>> = new Map(
  parse(typeDefs).definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return []
    const fields = definition.fields ?? []
    return [[definition.name.value, new Map(fields.map((field) => [field.name.value, describe(field.type)]))]]
  }),
)

/** The type that a field of a type leads to. Throws if there is no such field. */
export function targetOf(type: string, field: string): string {
  const target = objectTypes.get(type)?.get(field)?.type
  if (!target) throw new Error(`${type} has no field ${field}`)
  return target
}

import { readFileSync } from 'node:fs'
import { Kind, parse, type TypeNode } from 'graphql'

/** A field of the contract, by the name of its type. */
export type ContractField = { readonly type: string; readonly isList: boolean }

export const typeDefs = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')

function describe(type: TypeNode): ContractField {
  if (type.kind === Kind.NAMED_TYPE) return { type: type.name.value, isList: false }
  return { type: describe(type.type).type, isList: type.kind === Kind.LIST_TYPE || describe(type.type).isList }
}

// Parsed from the text: a schema object would tie callers to one copy of graphql.
export const objectTypes: ReadonlyMap<string, ReadonlyMap<string, ContractField>> = new Map(
  parse(typeDefs).definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return []
    const fields = definition.fields ?? []
    return [[definition.name.value, new Map(fields.map((field) => [field.name.value, describe(field.type)]))]]
  }),
)

/** The name of the type of a field. Throws if there is no such field. */
export function targetOf(type: string, field: string): string {
  const target = objectTypes.get(type)?.get(field)?.type
  if (!target) throw new Error(`${type} has no field ${field}`)
  return target
}

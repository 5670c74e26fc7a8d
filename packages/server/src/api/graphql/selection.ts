import { type GraphQLResolveInfo, type OperationDefinitionNode, visit } from 'graphql'

/** By operation, since parsed documents are cached. */
const fieldsOf = new WeakMap<OperationDefinitionNode, ReadonlySet<string>>()

/**
 * Whether an operation selects any of these fields, wherever in its document, so that what nobody asked for need not be
 * read.
 */
export function selectsAny({ operation, fragments }: GraphQLResolveInfo, names: readonly string[]): boolean {
  let fields = fieldsOf.get(operation)
  if (!fields) {
    const found = new Set<string>()
    for (const node of [operation, ...Object.values(fragments)]) {
      visit(node, { Field: ({ name }) => void found.add(name.value) })
    }
    fieldsOf.set(operation, found)
    fields = found
  }
  return names.some((name) => fields.has(name))
}

import { type DocumentNode, GraphQLError, visit } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/** GraphiQL's introspection repeats 50 fields, the largest page of an app fewer. */
const MAX_REPEATED_FIELDS = 100
/** Every field of the schema fits. */
const MAX_FIELDS = 300
const MAX_FRAGMENTS = 30

/**
 * Rejects a document that has too many fields or fragments before it is validated: validation compares each field with
 * every other one of its name, each fragment with every other one, and each unknown name with the known ones.
 */
export const repeatedFields: Plugin = {
  onParse:
    () =>
    ({ result, replaceParseResult }) => {
      const error = result instanceof Error ? undefined : excessOf(result)
      if (error) replaceParseResult(error)
    },
}

/** Yoga keeps the documents that clients send again. */
const excesses = new WeakMap<DocumentNode, GraphQLError | null>()

function excessOf(document: DocumentNode): GraphQLError | null {
  const known = excesses.get(document)
  if (known !== undefined) return known
  const excess = findExcess(document) ?? null
  excesses.set(document, excess)
  return excess
}

function findExcess(document: DocumentNode): GraphQLError | undefined {
  const names = new Set<string>()
  let fields = 0
  let fragments = 0
  visit(document, {
    Field({ alias, name }) {
      fields++
      names.add((alias ?? name).value)
    },
    FragmentDefinition: () => void fragments++,
    FragmentSpread: () => void fragments++,
    InlineFragment: () => void fragments++,
  })
  if (fields - names.size > MAX_REPEATED_FIELDS) {
    return new GraphQLError(`A document can repeat ${MAX_REPEATED_FIELDS} fields at most: select each field once.`)
  }
  if (fields > MAX_FIELDS) return new GraphQLError(`A document can have ${MAX_FIELDS} fields at most.`)
  if (fragments > MAX_FRAGMENTS) {
    return new GraphQLError(`A document can define and use fragments ${MAX_FRAGMENTS} times at most.`)
  }
}

import { EnvelopArmorPlugin } from '@escape.tech/graphql-armor'
import { GraphQLError, NoSchemaIntrospectionCustomRule, type ValidationContext, type ValidationRule } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { badRequest } from '../errors.ts'

/** Bytes that a request may have. The largest honest one sets every kind at once: some 8 KB. */
const MOST_BYTES = 100_000

/** Verifying a signature costs milliseconds: one document must not ask for many. */
const ONCE = ['signin', 'signup']

/** Told like every other mistake in a document, with its code. */
const told = {
  propagateOnRejection: false,
  onReject: [(context: ValidationContext | null, error: GraphQLError) => context?.reportError(error)],
}

/** What a document may ask for: far above what a settings page and an inbox need, far below what hurts. */
export const documentLimits: Plugin[] = [
  EnvelopArmorPlugin({
    maxDepth: { n: 6, ...told },
    maxAliases: { n: 15, ...told },
    maxTokens: { n: 2_000 },
    maxDirectives: { n: 20, ...told },
    // One page of a thousand with all that can be read of it, its size written out.
    costLimit: { maxCost: 100_000, ...told },
    // A name that is nearly right is told to nobody: the schema is public, guesses are no help.
    blockFieldSuggestion: { enabled: true },
  }),
  { onValidate: ({ addValidationRule }) => addValidationRule(oneSignature) },
]

/** The schema tells nothing of itself; `__typename` stays. */
export const noIntrospection: Plugin = {
  onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule),
}

const oneSignature: ValidationRule = (context) => {
  let count = 0
  return {
    Field({ name }) {
      if (ONCE.includes(name.value) && context.getParentType()?.name === 'Mutation' && ++count > 1) {
        context.reportError(new GraphQLError('One signin or signup a request.'))
      }
    },
  }
}

/** Bodies that are too large, or of unknown size, are refused unread. */
export const bodyLimit: Plugin = {
  onRequest({ request, fetchAPI, endResponse }) {
    if (request.method !== 'POST') return
    const length = request.headers.get('content-length')
    if (length !== null && Number(length) <= MOST_BYTES) return
    const headers = { 'content-type': 'application/json', connection: 'close' }
    const body = JSON.stringify({ errors: [badRequest('Send at most 100 KB, and say how many.')] })
    endResponse(new fetchAPI.Response(body, { status: length === null ? 411 : 413, headers }))
  },
}

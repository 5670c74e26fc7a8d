import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/** A document that cannot be read, or does not fit the schema, is answered with 400, whatever the client accepts. */
export const badDocuments: Plugin = {
  onParse:
    () =>
    ({ result, replaceParseResult }) => {
      if (result instanceof GraphQLError) replaceParseResult(withCode(result, 'GRAPHQL_PARSE_FAILED'))
    },
  onValidate:
    () =>
    ({ valid, result, setResult }) => {
      if (!valid) setResult(result.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')))
    },
  // Nothing was executed, and it was not our fault. Yoga's own choice is 200 where a client accepts application/json.
  onResultProcess({ result }) {
    if (!('errors' in result) || 'data' in result) return
    if (result.errors?.every(({ extensions }) => extensions.code !== 'INTERNAL_SERVER_ERROR')) {
      result.extensions = { ...result.extensions, http: { status: 400 } }
    }
  },
}

const withCode = ({ message, nodes, source, positions }: GraphQLError, code: string) =>
  new GraphQLError(message, { nodes, source, positions, extensions: { code } })

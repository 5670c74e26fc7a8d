import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { apiError } from '../errors.ts'
import { currentRequest } from '../request-log.ts'

/** A document that cannot be read, or does not fit the schema, is answered with 400, whatever the client accepts. */
export const badDocuments: Plugin = {
  // Yoga takes the variables in an address or a form to be JSON, and its own failure when they are not.
  onRequestParse({ requestParser: parse, setRequestParser }) {
    if (!parse) return
    setRequestParser(async (request) => {
      try {
        return await parse(request)
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        throw apiError('BAD_USER_INPUT', 'The variables, or the extensions, are not JSON.')
      }
    })
  },
  onParse:
    () =>
    ({ result, replaceParseResult }) => {
      if (result instanceof GraphQLError) replaceParseResult(withCode(result, 'GRAPHQL_PARSE_FAILED'))
      // Brackets in brackets, until the parser's stack is full.
      if (result instanceof RangeError) replaceParseResult(withCode(tooDeep, 'GRAPHQL_PARSE_FAILED'))
    },
  onValidate:
    () =>
    ({ valid, result, setResult }) => {
      if (!valid) setResult(result.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')))
    },
  // Nothing was executed, and it was not our fault. Yoga's own choice is 200 where a client accepts application/json.
  onResultProcess({ result }) {
    if (!('errors' in result) || 'data' in result) return
    const refused = result.errors?.every(({ extensions }) => extensions.code !== 'INTERNAL_SERVER_ERROR')
    // A stream that is refused was asked for rightly: its error is an event like any other.
    if (refused && !currentRequest()?.field?.startsWith('subscription')) {
      result.extensions = { ...result.extensions, http: { status: 400 } }
    }
    // Variables that do not fit come without one.
    for (const { extensions } of result.errors ?? []) extensions.code ??= 'BAD_USER_INPUT'
  },
}

const tooDeep = new GraphQLError('Syntax Error: this document is nested too deep to be read.')

const withCode = ({ message, nodes, source, positions }: GraphQLError, code: string) =>
  new GraphQLError(message, { nodes, source, positions, extensions: { code } })

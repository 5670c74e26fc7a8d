import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { apiError } from '../errors.ts'
import { currentRequest } from '../request-log.ts'

/** Answers a document that is not executed with status 400 and a code, whatever the client accepts. */
export const documentErrors: Plugin = {
  // Yoga reports invalid JSON in a query string or a form as an internal error.
  onRequestParse({ requestParser: parse, setRequestParser }) {
    if (!parse) return
    setRequestParser(async (request) => {
      try {
        return await parse(request)
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        throw apiError('BAD_USER_INPUT', 'The variables or the extensions are not valid JSON.')
      }
    })
  },
  onParse:
    () =>
    ({ result, replaceParseResult }) => {
      if (result instanceof GraphQLError) replaceParseResult(withCode(result, 'GRAPHQL_PARSE_FAILED'))
      // Nested brackets overflow the parser's stack.
      if (result instanceof RangeError) replaceParseResult(withCode(tooDeep, 'GRAPHQL_PARSE_FAILED'))
    },
  onValidate:
    () =>
    ({ valid, result, setResult }) => {
      if (!valid) setResult(result.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')))
    },
  // Yoga answers 200 if the client accepts application/json.
  onResultProcess({ result }) {
    if (!('errors' in result) || 'data' in result) return
    const isClientError = result.errors?.every(({ extensions }) => extensions.code !== 'INTERNAL_SERVER_ERROR')
    // The request for a stream is valid: a refusal is one of the stream's events.
    if (isClientError && !currentRequest()?.field?.startsWith('subscription')) {
      result.extensions = { ...result.extensions, http: { status: 400 } }
    }
    // Yoga reports variables of the wrong type without a code.
    for (const { extensions } of result.errors ?? []) extensions.code ??= 'BAD_USER_INPUT'
  },
}

const tooDeep = new GraphQLError('Syntax Error: the document is nested too deeply.')

const withCode = ({ message, nodes, source, positions }: GraphQLError, code: string) =>
  new GraphQLError(message, { nodes, source, positions, extensions: { code } })

import { EnvelopArmorPlugin } from '@escape.tech/graphql-armor'
import {
  type ExecutionArgs,
  GraphQLError,
  getOperationAST,
  getVariableValues,
  NoSchemaIntrospectionCustomRule,
  type ValidationContext,
  type ValidationRule,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { cut } from '../../lib/cut.ts'
import { badRequest } from '../errors.ts'
import { repeatedFields } from './repeated-fields.ts'

/** The largest valid request sets every general kind at once, in about 8 KB. */
const MAX_BODY_BYTES = 100_000

/** Verifying a signature costs milliseconds of CPU. */
const SIGNED_MUTATIONS = ['signin', 'signup', 'watchAccount']

const asValidationError = {
  propagateOnRejection: false,
  onReject: [(context: ValidationContext | null, error: GraphQLError) => context?.reportError(error)],
}

/** Nobody reads more, and each costs time. */
const MAX_ERRORS = 10

const fewErrors: Plugin = {
  onValidate({ validateFn, setValidationFn }) {
    setValidationFn((schema, document, rules) => validateFn(schema, document, rules, { maxErrors: MAX_ERRORS }))
  },
}

/** Each quotes the whole value that does not fit. */
const MAX_COERCION_ERRORS = 3
const LONGEST_MESSAGE = 1_500

/** @returns why the variables of a request do not fit its operation; nothing when they do */
function variableErrors({ schema, document, operationName, variableValues }: ExecutionArgs) {
  const variables = getOperationAST(document, operationName)?.variableDefinitions ?? []
  if (!variables.length) return undefined
  return getVariableValues(schema, variables, variableValues ?? {}, { maxErrors: MAX_COERCION_ERRORS }).errors
}

const fewCoercionErrors: Plugin = {
  onExecute({ args, setResultAndStopExecution }) {
    const errors = variableErrors(args)
    if (errors) setResultAndStopExecution({ errors })
  },
  onSubscribe({ args, setResultAndStopExecution }) {
    const errors = variableErrors(args)
    if (errors) setResultAndStopExecution({ errors })
  },
}

/** GraphQL quotes names and values of any length. */
const briefMessages: Plugin = {
  onResultProcess({ result }) {
    if (!('errors' in result)) return
    for (const error of result.errors ?? []) error.message = cut(error.message, LONGEST_MESSAGE)
  },
}

/** Far above what a settings page and an inbox need. */
export const documentLimits: Plugin[] = [
  EnvelopArmorPlugin({
    maxDepth: { n: 6, ...asValidationError },
    maxAliases: { n: 15, ...asValidationError },
    maxTokens: { n: 2_000 },
    maxDirectives: { n: 20, ...asValidationError },
    // Fits one page of 1,000 notifications with every field and a literal page size.
    costLimit: { maxCost: 100_000, ...asValidationError },
    // Suggestions cost time and help nobody: the schema is public.
    blockFieldSuggestion: { enabled: true },
  }),
  repeatedFields,
  { onValidate: ({ addValidationRule }) => addValidationRule(oneSignature) },
  fewErrors,
  fewCoercionErrors,
  briefMessages,
]

export const noIntrospection: Plugin = {
  onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule),
}

const oneSignature: ValidationRule = (context) => {
  let count = 0
  return {
    Field({ name }) {
      const isMutation = context.getParentType()?.name === 'Mutation'
      if (isMutation && SIGNED_MUTATIONS.includes(name.value) && ++count > 1) {
        context.reportError(new GraphQLError('A request can contain only one signin, signup or watchAccount.'))
      }
    },
  }
}

/** Rejects a body without reading it, also if its length is unknown. */
export const bodyLimit: Plugin = {
  onRequest({ request, fetchAPI, endResponse }) {
    if (request.method !== 'POST') return
    const length = request.headers.get('content-length')
    if (length !== null && Number(length) <= MAX_BODY_BYTES) return
    const headers = { 'content-type': 'application/json', connection: 'close' }
    const error = badRequest('The body must be at most 100 KB, with its length in the Content-Length header.')
    const body = JSON.stringify({ errors: [error] })
    endResponse(new fetchAPI.Response(body, { status: length === null ? 411 : 413, headers }))
  },
}

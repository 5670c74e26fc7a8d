import { GraphQLError } from 'graphql'

/** The stable `extensions.code` of an error. docs/api.md explains each. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'BAD_USER_INPUT'
  | 'INVALID_SIGNATURE'
  | 'INVALID_TOKEN'
  | 'NOT_A_MEMBER'
  | 'ALREADY_REGISTERED'
  | 'RATE_LIMITED'
  | 'QUERY_NODE_UNAVAILABLE'

/** Deployed apps look for the first word in the message, and only then offer to authorize again. */
const PREFIXES: { [Code in ErrorCode]?: string } = { UNAUTHENTICATED: 'Unauthorized: ' }

/** An error that the client sees. @param message what happened, then what to do */
export const apiError = (code: ErrorCode, message: string) =>
  new GraphQLError((PREFIXES[code] ?? '') + message, { extensions: { code } })

/** For a request that is not valid GraphQL over HTTP. */
export const badRequest = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } })

/** Hides an internal error from clients. @param id leads to the log */
export const internalError = (id: string | undefined) =>
  new GraphQLError(`Something went wrong on our side. If it happens again, give the operator this id: ${id}`, {
    extensions: { code: 'INTERNAL_SERVER_ERROR', id },
  })

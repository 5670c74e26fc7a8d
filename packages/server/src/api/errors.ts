import { GraphQLError } from 'graphql'

/** Stable codes that clients can act on, in `extensions.code`. docs/api.md says when each comes. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'BAD_USER_INPUT'
  | 'INVALID_SIGNATURE'
  | 'INVALID_TOKEN'
  | 'NOT_A_MEMBER'
  | 'ALREADY_REGISTERED'
  | 'RATE_LIMITED'
  | 'QUERY_NODE_UNAVAILABLE'

/** An error that a client may see. @param message what happened, and what a person can do about it */
export const apiError = (code: ErrorCode, message: string) => new GraphQLError(message, { extensions: { code } })

/** For what is not even GraphQL. */
export const badRequest = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } })

/** What goes wrong inside is not told outside. @param id where the log has it */
export const internalError = (id: string | undefined) =>
  new GraphQLError(`Something went wrong here. If it goes on, tell the operator this id: ${id}`, {
    extensions: { code: 'INTERNAL_SERVER_ERROR', id },
  })

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

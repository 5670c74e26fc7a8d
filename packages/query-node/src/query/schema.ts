import { Kind, type ValueNode } from 'graphql'
import { createSchema } from 'graphql-yoga'
import { type Tables, tableOf } from '../chain/table.ts'
import { type Columns, entityTypes, eventTypes } from '../chain/types.ts'
import { type ContractField, objectTypes, typeDefs } from './contract.ts'
import { type ListArguments, select, type View } from './select.ts'

export type QueryContext = {
  tables: Tables
  view: View
  betweenFields?: () => unknown
  previousField?: Promise<unknown>
  /** Set when a query has passed validation. */
  outcome: { isExecuted: boolean }
}

type Resolver = (source: Columns, args: object, context: QueryContext) => unknown

const hasTable = (type: string): boolean => [...entityTypes, ...eventTypes].some((name) => name === type)

/** Fields that list other entities: the type of those, and the column by which they refer back. */
const lists: Record<string, [type: string, column: string]> = {
  'Membership.roles': ['Worker', 'membershipId'],
  'Membership.councilMembers': ['CouncilMember', 'memberId'],
  'ForumCategory.threads': ['ForumThread', 'categoryId'],
  'ForumThread.posts': ['ForumPost', 'threadId'],
  'ForumPost.edits': ['PostTextUpdatedEvent', 'postId'],
  'PostDeletedEvent.posts': ['ForumPost', 'deletedInEventId'],
  'Proposal.proposalStatusUpdates': ['ProposalStatusUpdatedEvent', 'proposalId'],
  'Proposal.votes': ['ProposalVotedEvent', 'proposalId'],
  'FundingRequestDestinationsList.destinations': ['FundingRequestDestination', 'listId'],
  'ProposalDiscussionThread.posts': ['ProposalDiscussionPost', 'discussionThreadId'],
  'ProposalDiscussionPost.updates': ['ProposalDiscussionPostUpdatedEvent', 'postId'],
  'ElectedCouncil.councilMembers': ['CouncilMember', 'electedInCouncilId'],
  'ElectedCouncil.updates': ['CouncilStageUpdate', 'electedCouncilId'],
  'ElectedCouncil.councilElections': ['ElectionRound', 'electedCouncilId'],
  'ElectedCouncil.nextCouncilElections': ['ElectionRound', 'nextElectedCouncilId'],
  'ElectionRound.candidates': ['Candidate', 'electionRoundId'],
  'WorkingGroup.workers': ['Worker', 'groupId'],
  'WorkingGroup.openings': ['WorkingGroupOpening', 'groupId'],
  'WorkingGroupOpening.applications': ['WorkingGroupApplication', 'openingId'],
  'OpeningFilledEvent.workersHired': ['Worker', 'entryId'],
}

/** Makes the executable schema of the contract. Throws if `lists` lacks one of its list fields. */
export function createContractSchema() {
  const ofTypes = [...objectTypes].map(([type, fields]) => {
    const resolve = type === 'Query' ? queryResolver : relationResolver
    const resolvers = [...fields].flatMap(([name, field]) => {
      const resolver = resolve(type, name, field)
      return resolver ? [[name, resolver] as const] : []
    })
    return [type, Object.fromEntries(resolvers)] as const
  })
  const resolvers: Record<string, Record<string, Resolver>> = Object.fromEntries(ofTypes)
  return createSchema<QueryContext>({ typeDefs, resolvers: { ...resolvers, BigInt: bigInt, DateTime: dateTime } })
}

const textOf = (node: ValueNode): string => (node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : '')

const bigInt = {
  serialize: (value: bigint) => value.toString(),
  parseValue: (value: unknown) => BigInt(String(value)),
  parseLiteral: (node: ValueNode) => BigInt(textOf(node)),
}

const dateTime = {
  serialize: (milliseconds: number) => new Date(milliseconds).toISOString(),
  parseValue: (value: unknown) => Date.parse(String(value)),
  parseLiteral: (node: ValueNode) => Date.parse(textOf(node)),
}

function queryResolver(_query: string, _name: string, { type, isList }: ContractField): Resolver {
  if (isList)
    return (_source, args: ListArguments, context) =>
      inTurn(context, () => select(context.tables, type, args, context.view))
  return (_source, args: { where?: { id?: string | null } }, context) =>
    inTurn(context, () => {
      // Like the real server: without an id there is no filter, so the first row is the answer.
      const where = args.where?.id == null ? {} : { id_eq: args.where.id }
      return select(context.tables, type, { where, orderBy: ['createdAt_ASC'], limit: 1 }, context.view)[0] ?? null
    })
}

// The real server runs one statement per top-level field. Blocks can be committed between two of them.
function inTurn<T>(context: QueryContext, read: () => T): T | Promise<T> {
  const { betweenFields, previousField } = context
  if (!betweenFields) return read()
  context.previousField = previousField ? previousField.then(betweenFields) : Promise.resolve()
  return context.previousField.then(read)
}

function relationResolver(type: string, name: string, field: ContractField): Resolver | undefined {
  if (!hasTable(field.type)) return undefined
  if (field.isList) return listResolver(`${type}.${name}`)
  return (source, _args, { tables, view }) => {
    const row = tableOf(tables, field.type).get(String(source[`${name}Id`]))
    return row && row.block <= view.head ? row : null
  }
}

function listResolver(name: string): Resolver {
  const list = lists[name]
  if (!list) throw new Error(`The list field ${name} is missing from \`lists\``)
  const [type, column] = list
  return (source, _args, { tables, view }) =>
    tableOf(tables, type)
      .where(column, source.id)
      .filter((row) => row.block <= view.head)
}

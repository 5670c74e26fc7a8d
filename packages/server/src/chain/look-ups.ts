import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import DataLoader from 'dataloader'
import { type Chain, MissingEntity, NotUnderstood, type ProposalInfo } from '../events/chain.ts'
import { NO_INFO } from '../events/proposals/info.ts'
import { typeOf } from '../events/proposals/types.ts'
import { isAccount, membersOfAccounts } from './accounts.ts'
import { type AuthorList, authorsOf } from './authors.ts'
import { PAGE_ROWS, type QueryNode, QueryNodeError, QueryRefused, UnanswerableError } from './client.ts'
import { earlierEdits } from './edits.ts'
import { electionStages, electionsQuery, lastElection, readCandidates } from './elections.ts'
import { inParts } from './parts.ts'
import { PROPOSALS, readProposalInfo } from './proposal-info.ts'
import {
  applicantsQuery,
  applicationsQuery,
  councilMembersQuery,
  deletedPostsQuery,
  descriptionsQuery,
  discussionOriginalsQuery,
  discussionPostsQuery,
  discussionsQuery,
  membersQuery,
  openingsQuery,
  originalsQuery,
  postsQuery,
  proposalsQuery,
  threadsQuery,
  threadTextsQuery,
  votesQuery,
  workersQuery,
} from './queries.ts'
import { isId, rowsOf } from './rows.ts'
import { readOpenProposals } from './stages.ts'
import { once, type Standing } from './standing.ts'
import type { Stored } from './stored.ts'
import { readVoters } from './voters.ts'
import type { ReadEvent } from './window.ts'

/** Ids per request: well below the limit of 100 KB per request. */
const BATCH = 1_000
/** Parents per request for their children. */
const PARENTS = 200

type ByIds<Row> = TypedDocumentNode<{ rows: Row[] }, { ids: string[]; limit: number }>

/** `learned`: authors to store once the events are handled. */
export type LookUps = Chain & { learned: AuthorList[] }

/**
 * Look-ups for the events of one window. Simultaneous look-ups share a request, and nothing is requested twice. After
 * one has failed, no more are sent.
 * @param standing facts that hold for the whole run
 */
export function lookUps(node: QueryNode, standing: Standing, stored: Stored, events: readonly ReadEvent[]): LookUps {
  const queryNode = untilFailure(node)
  const learned: AuthorList[] = []

  /** One entity by its id. @throws MissingEntity, or NotUnderstood when it lacks a field */
  function entity<Row extends { id: string }>(name: string, query: ByIds<Row>, nullable: (keyof Row)[] = []) {
    const loader = new DataLoader<string, Row>(
      async (ids) => {
        const rows = await inParts(ids, async (part) =>
          rowsOf((await queryNode.request(query, { ids: part, limit: part.length })).rows, `entities (${name})`),
        )
        const found = new Map(rows.map((row) => [row.id, row]))
        return ids.map((id) => {
          const row = found.get(id)
          if (!row) return new MissingEntity(`The query node has no ${name} ${id}`)
          const missing = Object.keys(row).find(
            (field) => row[field as keyof Row] == null && !nullable.includes(field as keyof Row),
          )
          return missing ? new NotUnderstood(`The query node gave no ${missing} of ${name} ${id}`) : row
        })
      },
      { maxBatchSize: BATCH },
    )
    return byId(name, (id) => loader.load(id))
  }

  /** The children of a parent, of which it has few, by its id; `reduce` keeps the parts that are needed. */
  function children<Row extends object, Kept>(
    query: ByIds<Row>,
    parentOf: (row: Row) => string,
    reduce: (rows: Row[]) => Kept,
  ) {
    const loader = new DataLoader<string, Kept>(
      async (ids) => {
        const rows = await inParts(ids, async (part) =>
          rowsOf((await queryNode.request(query, { ids: part, limit: PAGE_ROWS })).rows, 'related rows'),
        )
        const byParent = Map.groupBy(rows, parentOf)
        return ids.map((id) => reduce(byParent.get(id) ?? []))
      },
      { maxBatchSize: PARENTS },
    )
    return byId('related row', (id) => loader.load(id))
  }

  const post = entity('forum post', postsQuery, ['repliesToId'])
  const thread = entity('forum thread', threadsQuery, ['initialPostId'])
  const proposal = entity('proposal', proposalsQuery)
  const proposalInfo = new DataLoader<string, ProposalInfo>(
    async (ids) => {
      const found = new Map(await inParts(ids, (part) => readProposalInfo(queryNode, part)).catch(unlessRefused))
      return ids.map((id) => found.get(id) ?? NO_INFO)
    },
    { maxBatchSize: PROPOSALS },
  )
  const discussion = entity('proposal discussion', discussionsQuery)
  const opening = entity('opening', openingsQuery, ['rewardPerBlock', 'stakeAmount'])
  const worker = entity('worker', workersQuery)
  const discussionPost = entity('discussion post', discussionPostsQuery, ['repliesToId'])
  const newPosts = once(async () => {
    const posts = await existing(post, postIdsIn(events, 'PostAdded'))
    return posts.map(({ id, authorId, threadId }) => ({ id, authorId, listId: threadId }))
  })
  const newComments = once(async () => {
    const posts = await existing(discussionPost, postIdsIn(events, 'ProposalDiscussionPostCreated'))
    return posts.map(({ id, authorId, discussionThreadId }) => ({ id, authorId, listId: discussionThreadId }))
  })
  const threadAuthors = authorsOf('thread', queryNode, stored.authors, newPosts, learned)
  const discussionAuthors = authorsOf('discussion', queryNode, stored.authors, newComments, learned)
  const forumEdits = earlierEdits(queryNode, 'postTextUpdatedEvents', 'newText')
  const discussionEdits = earlierEdits(queryNode, 'proposalDiscussionPostUpdatedEvents', 'text')
  const originals = children(
    originalsQuery,
    ({ postId }) => postId,
    (rows) => rows[0]?.text,
  )
  const discussionOriginals = children(
    discussionOriginalsQuery,
    ({ postId }) => postId,
    (rows) => rows[0]?.text,
  )
  const description = entity('proposal', descriptionsQuery)
  const votes = entity('proposal', votesQuery)
  const accounts = membersOfAccounts(queryNode)
  const stages = electionStages(queryNode)
  const ballots = once(() => readVoters(queryNode, stored.watchers))
  const openingTexts = children(
    threadTextsQuery,
    ({ threadId }) => threadId,
    (rows) => rows[0]?.text,
  )

  return {
    learned,
    member: entity('member', membersQuery),
    post,
    thread,
    proposal,
    async proposalInfo(id) {
      if (!isId(id)) return NO_INFO
      const info = await proposalInfo.load(id)
      return { ...info, length: standing.lengths[typeOf(info.details) ?? ''] }
    },
    postsDeletedIn: children(
      deletedPostsQuery,
      ({ deletedInEventId }) => deletedInEventId ?? '',
      (posts) => posts,
    ),
    discussionPost,
    application: entity('application', applicationsQuery),
    categoryPath: standing.categoryPath,
    roles: standing.roles,
    earlierAuthors: ({ id, threadId }) => threadAuthors(threadId, id),
    earlierDiscussants: ({ id, discussionThreadId }) => discussionAuthors(discussionThreadId, id),
    async textsBefore({ id, threadId }, position) {
      const [original, edited, { initialPostId }] = await Promise.all([
        originals(id),
        forumEdits.load({ postId: id, ...position }),
        thread(threadId),
      ])
      const first = original ?? (initialPostId === id ? await openingTexts(threadId) : undefined) ?? ''
      return [first, ...edited]
    },
    async discussionTextsBefore({ id }, edit) {
      const [original = '', edited] = await Promise.all([
        discussionOriginals(id),
        discussionEdits.load({ postId: id, ...edit }),
      ])
      return [original, ...edited]
    },
    description: async (proposalId) => (await description(proposalId)).description,
    async votersInRound(proposalId) {
      const { councilApprovals, votes: given } = await votes(proposalId)
      // The votes of a council that approved before do not count.
      const counted = given.filter(({ votingRound }) => votingRound === councilApprovals + 1)
      return [...new Set(counted.map(({ voterId }) => voterId))]
    },
    discussedProposal: async (id) => proposal((await discussion(id)).proposalId),
    async opening(id) {
      const { groupId, type, metadata, rewardPerBlock, stakeAmount } = await opening(id)
      const { title, shortDescription, expectedEnding } = metadata
      const terms = { shortDescription, expectedEnding, rewardPerBlock, stake: stakeAmount }
      return { id, groupId, title, isForLead: type === 'LEADER', ...terms }
    },
    applicants: children(
      applicantsQuery,
      ({ openingId }) => openingId,
      (rows) => rows.flatMap(({ applicantId, status }) => (NO_LONGER.has(status?.__typename) ? [] : applicantId)),
    ),
    memberOfAccount: async (account) => (isAccount(account) ? accounts.load(account) : undefined),
    async worker(id) {
      const { groupId, membershipId, isLead } = await worker(id)
      return { id, groupId, memberId: membershipId, isLead }
    },
    councilMembers: children(
      councilMembersQuery,
      ({ electedInCouncilId }) => electedInCouncilId,
      (rows) => rows.map(({ memberId }) => memberId),
    ),
    election: children(electionsQuery, ({ nextElectedCouncilId }) => nextElectedCouncilId ?? '', lastElection),
    openProposals: once(() => readOpenProposals(queryNode)),
    candidates: once(() => readCandidates(queryNode)),
    stagesFrom: (block) => stages.load(block),
    async voters(revealingFrom) {
      const current = await ballots()
      return revealingFrom === undefined || revealingFrom === current.revealingFrom ? current.voters : []
    },
  }
}

/** An invalid id would spoil the request for all others. */
const byId =
  <Found>(name: string, load: (id: string) => Promise<Found>) =>
  async (id: string): Promise<Found> => {
    if (!isId(id)) throw new NotUnderstood(`The query node named no valid id of a ${name}`)
    return load(id)
  }

/** A query node that lacks a type of proposal can still tell of the proposals themselves. */
function unlessRefused(error: unknown): [string, ProposalInfo][] {
  if (error instanceof QueryRefused) return []
  throw error
}

function untilFailure(queryNode: QueryNode): QueryNode {
  let failure: unknown
  return {
    ...queryNode,
    async request(document, variables) {
      if (failure) throw failure
      try {
        return await queryNode.request(document, variables)
      } catch (error) {
        if (!(error instanceof UnanswerableError || error instanceof QueryRefused)) failure = error
        throw error
      }
    },
  }
}

const postIdsIn = (events: readonly ReadEvent[], type: string): string[] =>
  events.flatMap((event) => (event.type === type && typeof event.row.postId === 'string' ? event.row.postId : []))

/** Entities that the query node lacks are left out. */
async function existing<Row>(load: (id: string) => Promise<Row>, ids: string[]): Promise<Row[]> {
  const found = ids.map((id) =>
    load(id).catch((error: unknown) => {
      if (error instanceof QueryNodeError) throw error
      return undefined
    }),
  )
  return (await Promise.all(found)).flatMap((row) => row ?? [])
}

/** Of applications that are no longer considered. */
const NO_LONGER = new Set<string | undefined>(['ApplicationStatusWithdrawn', 'ApplicationStatusCancelled'])

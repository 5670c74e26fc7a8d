import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import DataLoader from 'dataloader'
import { type Chain, NotUnderstood } from '../events/chain.ts'
import { graphql } from '../generated/query-node/gql.ts'
import { ALL, type QueryNode } from './client.ts'
import { isId, rowsOf } from './rows.ts'
import type { Standing } from './standing.ts'

/** Ids per request: well below the limit of 100 KB per request. */
const BATCH = 1_000
/** Parents per request for their children. */
const PARENTS = 200

type ByIds<Row> = TypedDocumentNode<{ rows: Row[] }, { ids: string[]; limit: number }>

/**
 * Look-ups for the events of one window. Simultaneous look-ups share a request, and nothing is requested twice.
 * @param standing facts that hold for the whole run
 */
export function lookUps(queryNode: QueryNode, standing: Standing): Chain {
  /** One entity by its id. @throws NotUnderstood when it does not exist or lacks a field */
  function entity<Row extends { id: string }>(name: string, query: ByIds<Row>, nullable: (keyof Row)[] = []) {
    const loader = new DataLoader<string, Row>(
      async (ids) => {
        const { rows } = await queryNode.request(query, { ids: [...ids], limit: ids.length })
        const found = new Map(rowsOf(rows, `entities (${name})`).map((row) => [row.id, row]))
        return ids.map((id) => {
          const row = found.get(id)
          if (!row) return new NotUnderstood(`The query node has no ${name} ${id}`)
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

  /** The children of a parent, by its id; `reduce` keeps the parts that are needed. */
  function children<Row extends object, Kept>(
    query: ByIds<Row>,
    parentOf: (row: Row) => string,
    reduce: (rows: Row[]) => Kept,
  ) {
    const loader = new DataLoader<string, Kept>(
      async (ids) => {
        const { rows } = await queryNode.request(query, { ids: [...ids], limit: ALL })
        const byParent = Map.groupBy(rowsOf(rows, 'related rows'), parentOf)
        return ids.map((id) => reduce(byParent.get(id) ?? []))
      },
      { maxBatchSize: PARENTS },
    )
    return byId('related row', (id) => loader.load(id))
  }

  const post = entity('forum post', postsQuery, ['repliesToId'])
  const thread = entity('forum thread', threadsQuery, ['initialPostId'])
  const proposal = entity('proposal', proposalsQuery)
  const discussion = entity('proposal discussion', discussionsQuery)
  const opening = entity('opening', openingsQuery)
  const worker = entity('worker', workersQuery)
  const firstPosts = children(postAuthorsQuery, ({ threadId }) => threadId, firstPostOfEachAuthor)
  const firstComments = children(
    commentAuthorsQuery,
    ({ discussionThreadId }) => discussionThreadId,
    firstPostOfEachAuthor,
  )
  const edits = children(
    editsQuery,
    ({ postId }) => postId,
    (rows) => rows.sort((a, b) => a.inBlock - b.inBlock || a.indexInBlock - b.indexInBlock),
  )
  const originals = children(
    originalsQuery,
    ({ postId }) => postId,
    (rows) => rows[0]?.text,
  )
  const openingTexts = children(
    threadTextsQuery,
    ({ threadId }) => threadId,
    (rows) => rows[0]?.text,
  )

  return {
    member: entity('member', membersQuery),
    post,
    thread,
    proposal,
    postsDeletedIn: children(
      deletedPostsQuery,
      ({ deletedInEventId }) => deletedInEventId ?? '',
      (posts) => posts,
    ),
    discussionPost: entity('discussion post', discussionPostsQuery, ['repliesToId']),
    application: entity('application', applicationsQuery),
    categoryPath: standing.categoryPath,
    roles: standing.roles,
    earlierAuthors: async ({ id, threadId }) => authorsBefore(await firstPosts(threadId), id),
    earlierDiscussants: async ({ id, discussionThreadId }) =>
      authorsBefore(await firstComments(discussionThreadId), id),
    async textBefore({ id, threadId }, { block, indexInBlock }) {
      const [original, later, { initialPostId }] = await Promise.all([originals(id), edits(id), thread(threadId)])
      const earlier = later.filter(
        (edit) => edit.inBlock < block || (edit.inBlock === block && edit.indexInBlock < indexInBlock),
      )
      const text = earlier.at(-1)?.newText ?? original
      return text ?? (initialPostId === id ? await openingTexts(threadId) : undefined) ?? ''
    },
    discussedProposal: async (id) => proposal((await discussion(id)).proposalId),
    async opening(id) {
      const { groupId, type, metadata } = await opening(id)
      return { id, groupId, title: metadata.title, isForLead: type === 'LEADER' }
    },
    async worker(id) {
      const { groupId, membershipId, isLead } = await worker(id)
      return { id, groupId, memberId: membershipId, isLead }
    },
    councilMembers: children(
      councilMembersQuery,
      ({ electedInCouncilId }) => electedInCouncilId,
      (rows) => rows.map(({ memberId }) => memberId),
    ),
  }
}

/** An invalid id would spoil the request for all others. */
const byId =
  <Found>(name: string, load: (id: string) => Promise<Found>) =>
  async (id: string): Promise<Found> => {
    if (!isId(id)) throw new NotUnderstood(`The query node named no valid id of a ${name}`)
    return load(id)
  }

/** Post ids are the chain's counters: a smaller one is an earlier post. */
function firstPostOfEachAuthor(posts: { id: string; authorId: string }[]): Map<string, number> {
  const first = new Map<string, number>()
  for (const { id, authorId } of posts) {
    const number = Number(id)
    if (number < (first.get(authorId) ?? Number.POSITIVE_INFINITY)) first.set(authorId, number)
  }
  return first
}

const authorsBefore = (first: Map<string, number>, postId: string) =>
  [...first].filter(([, number]) => number < Number(postId)).map(([authorId]) => authorId)

const membersQuery = graphql(`
  query Members($ids: [ID!]!, $limit: Int!) {
    rows: memberships(where: { id_in: $ids }, limit: $limit) { id handle }
  }
`)
const postsQuery = graphql(`
  query Posts($ids: [ID!]!, $limit: Int!) {
    rows: forumPosts(where: { id_in: $ids }, limit: $limit) { id authorId threadId repliesToId isVisible }
  }
`)
const deletedPostsQuery = graphql(`
  query DeletedPosts($ids: [ID!]!, $limit: Int!) {
    rows: forumPosts(where: { deletedInEvent: { id_in: $ids } }, limit: $limit) {
      id
      authorId
      threadId
      repliesToId
      isVisible
      deletedInEventId
    }
  }
`)
const threadsQuery = graphql(`
  query Threads($ids: [ID!]!, $limit: Int!) {
    rows: forumThreads(where: { id_in: $ids }, limit: $limit) { id title authorId categoryId initialPostId isVisible }
  }
`)
const postAuthorsQuery = graphql(`
  query PostAuthors($ids: [ID!]!, $limit: Int!) {
    rows: forumPosts(
      where: { thread: { id_in: $ids } }, limit: $limit
    ) { id authorId threadId }
  }
`)
const editsQuery = graphql(`
  query Edits($ids: [ID!]!, $limit: Int!) {
    rows: postTextUpdatedEvents(
      where: { post: { id_in: $ids } }, limit: $limit
    ) { postId newText inBlock indexInBlock }
  }
`)
const originalsQuery = graphql(`
  query Originals($ids: [ID!]!, $limit: Int!) {
    rows: postAddedEvents(where: { post: { id_in: $ids } }, limit: $limit) {
      postId
      text
    }
  }
`)
const threadTextsQuery = graphql(`
  query ThreadTexts($ids: [ID!]!, $limit: Int!) {
    rows: threadCreatedEvents(where: { thread: { id_in: $ids } }, limit: $limit) {
      threadId
      text
    }
  }
`)
const proposalsQuery = graphql(`
  query Proposals($ids: [ID!]!, $limit: Int!) {
    rows: proposals(where: { id_in: $ids }, limit: $limit) { id title creatorId }
  }
`)
const discussionsQuery = graphql(`
  query Discussions($ids: [ID!]!, $limit: Int!) {
    rows: proposalDiscussionThreads(where: { id_in: $ids }, limit: $limit) { id proposalId }
  }
`)
const discussionPostsQuery = graphql(`
  query DiscussionPosts($ids: [ID!]!, $limit: Int!) {
    rows: proposalDiscussionPosts(where: { id_in: $ids }, limit: $limit) {
      id
      authorId
      discussionThreadId
      repliesToId
      isVisible
    }
  }
`)
const commentAuthorsQuery = graphql(`
  query CommentAuthors($ids: [ID!]!, $limit: Int!) {
    rows: proposalDiscussionPosts(
      where: { discussionThread: { id_in: $ids } }
      limit: $limit
    ) { id authorId discussionThreadId }
  }
`)
const openingsQuery = graphql(`
  query Openings($ids: [ID!]!, $limit: Int!) {
    rows: workingGroupOpenings(where: { id_in: $ids }, limit: $limit) { id groupId type metadata { title } }
  }
`)
const applicationsQuery = graphql(`
  query Applications($ids: [ID!]!, $limit: Int!) {
    rows: workingGroupApplications(where: { id_in: $ids }, limit: $limit) { id applicantId openingId }
  }
`)
const workersQuery = graphql(`
  query Workers($ids: [ID!]!, $limit: Int!) {
    rows: workers(where: { id_in: $ids }, limit: $limit) { id groupId membershipId isLead }
  }
`)
const councilMembersQuery = graphql(`
  query CouncilMembers($ids: [ID!]!, $limit: Int!) {
    rows: councilMembers(
      where: { electedInCouncil: { id_in: $ids } }, limit: $limit
    ) { memberId electedInCouncilId }
  }
`)

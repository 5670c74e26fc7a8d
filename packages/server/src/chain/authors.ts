import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import DataLoader from 'dataloader'
import { z } from 'zod'
import { graphql } from '../generated/query-node/gql.ts'
import { PAGE_ROWS, type QueryNode, QueryNodeError } from './client.ts'
import { StoreUnreadable } from './stored.ts'

export type ListKind = 'thread' | 'discussion'

/** The authors of a forum thread, or of the discussion of a proposal. */
export type AuthorList = {
  kind: ListKind
  id: string
  /** False: it is long, and its posts before `readTo` are read. */
  isComplete: boolean
  /** The time of the last post that was read. */
  readTo: string | null
  /** By the author's member id: the number of their first post. */
  firstPosts: Map<string, number>
}

/** Reads what earlier runs stored of these lists. Those that were never read are left out. */
export type StoredAuthors = (kind: ListKind, ids: readonly string[]) => Promise<AuthorList[]>

export type NewPost = { id: string; authorId: string; listId: string }

/** The posts of this list are still being read, page by page: the event has to wait. */
export class AuthorsUnknown extends Error {
  override name = 'AuthorsUnknown'
  readonly list: Pick<AuthorList, 'kind' | 'id'>
  constructor({ kind, id }: AuthorList) {
    super(`The earlier authors of ${kind} ${id} are still being read`)
    this.list = { kind, id }
  }
}

/** Lists that are read together. */
const TOGETHER = 200
/** Requests for lists that are read together. Those that are not complete by then are read later, one by one. */
const MOST_PAGES = 10
/** A list with as many posts in full pages is read later: it must not hold up the others. */
const LONG = PAGE_ROWS / 2

/**
 * The authors of threads or discussions. A list is read from the query node once. From then on, the posts of each window
 * are added to it.
 * @param newPosts the posts of the window
 * @param learned receives the lists to store
 */
export function authorsOf(
  kind: ListKind,
  queryNode: QueryNode,
  stored: StoredAuthors,
  newPosts: () => Promise<NewPost[]>,
  learned: AuthorList[],
) {
  const loader = new DataLoader<string, AuthorList>(
    async (ids) => {
      const known = await stored(kind, ids).catch((cause: unknown) => {
        throw new StoreUnreadable('The stored authors cannot be read', { cause })
      })
      const knownIds = new Set(known.map(({ id }) => id))
      const read = await readTogether(
        queryNode,
        kind,
        ids.filter((id) => !knownIds.has(id)),
      )
      const added = Map.groupBy(await newPosts(), ({ listId }) => listId)
      for (const list of known) {
        const news: AuthorList = { ...list, firstPosts: new Map() }
        for (const post of added.get(list.id) ?? []) if (addPost(list, post)) addPost(news, post)
        if (list.isComplete && news.firstPosts.size) learned.push(news)
      }
      for (const list of read) for (const post of added.get(list.id) ?? []) addPost(list, post)
      learned.push(...read)
      const lists = new Map([...known, ...read].map((list) => [list.id, list]))
      return ids.map((id) => lists.get(id) as AuthorList)
    },
    { maxBatchSize: TOGETHER },
  )
  /** @throws AuthorsUnknown */
  return async (listId: string, postId: string): Promise<string[]> => {
    const list = await loader.load(listId)
    if (!list.isComplete) throw new AuthorsUnknown(list)
    return [...list.firstPosts].filter(([, first]) => first < Number(postId)).map(([authorId]) => authorId)
  }
}

/** Post ids are the chain's counters: a smaller one is an earlier post. @returns whether it is the author's first */
function addPost({ firstPosts }: AuthorList, { id, authorId }: { id: string; authorId: string }): boolean {
  const number = Number(id)
  const isFirst = number < (firstPosts.get(authorId) ?? Number.POSITIVE_INFINITY)
  if (isFirst) firstPosts.set(authorId, number)
  return isFirst
}

async function readTogether(queryNode: QueryNode, kind: ListKind, ids: readonly string[]): Promise<AuthorList[]> {
  const lists = ids.map((id): AuthorList => ({ kind, id, isComplete: false, readTo: null, firstPosts: new Map() }))
  const counts = new Map<string, number>()
  const pages = postPages(queryNode, kind, null)
  let open = lists
  for (let page = 0; page < MOST_PAGES && open.length; page++) {
    const { posts, isFull, isEnd, readTo } = await pages(open.map(({ id }) => id))
    const byId = new Map(open.map((list) => [list.id, list]))
    for (const post of posts) {
      const list = byId.get(post.listId)
      if (list) addPost(list, post)
      counts.set(post.listId, (counts.get(post.listId) ?? 0) + 1)
    }
    for (const list of open) Object.assign(list, { readTo, isComplete: isEnd })
    open = isEnd ? [] : open.filter(({ id }) => !isFull || (counts.get(id) ?? 0) < LONG)
  }
  return lists
}

/**
 * Reads a long list from where it was left.
 * @returns for each page, the list with the authors of this page only
 * @throws QueryNodeError
 */
export async function* readOn(queryNode: QueryNode, { kind, id, readTo }: AuthorList): AsyncGenerator<AuthorList> {
  const pages = postPages(queryNode, kind, readTo)
  let isComplete = false
  while (!isComplete) {
    const page = await pages([id])
    isComplete = page.isEnd
    const list: AuthorList = { kind, id, isComplete, readTo: page.readTo, firstPosts: new Map() }
    for (const post of page.posts) addPost(list, post)
    yield list
  }
}

const post = z.object({
  id: z.string().regex(/^\d{1,15}$/),
  authorId: z.string().regex(/^\d{1,10}$/),
  listId: z.string(),
  createdAt: z.iso.datetime().transform((time) => new Date(time).toISOString()),
})
const answered = z.object({ rows: z.array(z.unknown()).max(PAGE_ROWS) })

/**
 * Pages through the posts of lists by their time, because they have no other order. Posts of one block have one time:
 * those of the last time are requested again, since a page may end among them.
 */
function postPages(queryNode: QueryNode, kind: ListKind, from: string | null) {
  let time = from ?? new Date(0).toISOString()
  let ofThisTime = new Set<string>()
  let offset = 0
  return async (ids: string[]) => {
    const answer = await queryNode.request(queries[kind], { ids, from: time, offset, limit: PAGE_ROWS })
    const rows = answered.safeParse(answer).data?.rows
    if (!rows) throw new QueryNodeError(`The query node returned no list of the posts of a ${kind}`)
    const posts: z.infer<typeof post>[] = []
    const before = time
    for (const row of rows) {
      const one = post.safeParse(row).data
      if (!one) continue
      if (!ids.includes(one.listId) || one.createdAt < time) {
        throw new QueryNodeError(
          `The query node returned posts of a ${kind} out of order: its answers cannot be trusted now`,
        )
      }
      if (one.createdAt > time) {
        time = one.createdAt
        ofThisTime = new Set()
      }
      if (ofThisTime.has(one.id)) continue
      ofThisTime.add(one.id)
      posts.push(one)
    }
    const isFull = rows.length === PAGE_ROWS
    if (time === before) offset += rows.length
    else offset = isFull ? 0 : ofThisTime.size
    // An empty answer is the end: one with fewer rows than requested proves nothing.
    return { posts, isFull, isEnd: rows.length === 0, readTo: time }
  }
}

const queries: Record<
  ListKind,
  TypedDocumentNode<unknown, { ids: string[]; from: string; offset: number; limit: number }>
> = {
  thread: graphql(`
    query PostAuthors($ids: [ID!]!, $from: DateTime!, $offset: Int!, $limit: Int!) {
      rows: forumPosts(
        where: { thread: { id_in: $ids }, createdAt_gte: $from }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit
      ) { id authorId listId: threadId createdAt }
    }
  `),
  discussion: graphql(`
    query CommentAuthors($ids: [ID!]!, $from: DateTime!, $offset: Int!, $limit: Int!) {
      rows: proposalDiscussionPosts(
        where: { discussionThread: { id_in: $ids }, createdAt_gte: $from }
        orderBy: [createdAt_ASC]
        offset: $offset
        limit: $limit
      ) { id authorId listId: discussionThreadId createdAt }
    }
  `),
}

/**
 * What an event file can look up on the chain. Look-ups made at the same time share requests, so a file asks for one
 * thing at a time and a window of a thousand events still takes a handful of requests.
 *
 * Each throws NotUnderstood when there is no such entity.
 */
export type Chain = {
  member: (id: string) => Promise<Member>
  post: (id: string) => Promise<Post>
  thread: (id: string) => Promise<Thread>
  /** A category and its ancestors, nearest first. */
  categoryPath: (id: string) => Promise<string[]>
  /** Authors of the posts in a thread that are older than this one. */
  earlierAuthors: (post: Post) => Promise<string[]>
  /** What a post said before the edit at this place of the chain. */
  textBefore: (post: Post, edit: { block: number; indexInBlock: number }) => Promise<string>
  proposal: (id: string) => Promise<Proposal>
  discussionPost: (id: string) => Promise<DiscussionPost>
  /** The proposal that a discussion is about. */
  discussedProposal: (discussionThreadId: string) => Promise<Proposal>
  /** Authors of the posts in a discussion that are older than this one. */
  earlierDiscussants: (post: DiscussionPost) => Promise<string[]>
  opening: (id: string) => Promise<Opening>
  application: (id: string) => Promise<Application>
  worker: (id: string) => Promise<Worker>
  /** Members of an elected council. */
  councilMembers: (councilId: string) => Promise<string[]>
  /** Who holds a role now: fetched once a run, and only when asked for. */
  roles: () => Promise<Roles>
}

export type Member = { id: string; handle: string }
export type Post = { id: string; threadId: string; authorId: string; repliesToId?: string | null; isVisible: boolean }
export type Thread = {
  id: string
  title: string
  authorId: string
  categoryId: string
  initialPostId?: string | null
}
export type Proposal = { id: string; title: string; creatorId: string }
export type DiscussionPost = {
  id: string
  discussionThreadId: string
  authorId: string
  repliesToId?: string | null
  isVisible: boolean
}
export type Opening = { id: string; groupId: string; title?: string | null; isForLead: boolean }
export type Application = { id: string; applicantId: string; openingId: string }
export type Worker = { id: string; groupId: string; memberId: string; isLead: boolean }

/** Ids of members by role. */
export type Roles = {
  council: readonly string[]
  /** Every active worker, leads included. */
  workers: readonly string[]
  leads: readonly string[]
  workersOf: (groupId: string) => readonly string[]
  leadOf: (groupId: string) => readonly string[]
}

/** An event that refers to something that is not there, or lacks what it must have: it is set aside. */
export class NotUnderstood extends Error {
  override name = 'NotUnderstood'
}

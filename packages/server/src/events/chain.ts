import type { ProposalLength } from './proposals/lengths.ts'
import type { OpenProposal } from './stages.ts'

/**
 * Look-ups for event files. Each takes one id; simultaneous look-ups are batched into one request.
 * @throws NotUnderstood if the entity does not exist
 */
export type Chain = {
  member: (id: string) => Promise<Member>
  post: (id: string) => Promise<Post>
  thread: (id: string) => Promise<Thread>
  /** A category and its ancestors, nearest first. */
  categoryPath: (id: string) => Promise<string[]>
  /** Authors of the posts before this one in its thread. */
  earlierAuthors: (post: Post) => Promise<string[]>
  /** The texts that a post had before this edit. */
  textsBefore: (post: Post, edit: Edit) => Promise<string[]>
  proposal: (id: string) => Promise<Proposal>
  /** Of a proposal. */
  description: (proposalId: string) => Promise<string>
  /** What a proposal is about and how it was decided. Whatever the query node cannot tell is left out: it never fails. */
  proposalInfo: (proposalId: string) => Promise<ProposalInfo>
  discussionPost: (id: string) => Promise<DiscussionPost>
  discussedProposal: (discussionThreadId: string) => Promise<Proposal>
  /** The posts that a deletion names, by the id of its event. */
  postsDeletedIn: (eventId: string) => Promise<Post[]>
  /** Authors of the posts before this one in its discussion. */
  earlierDiscussants: (post: DiscussionPost) => Promise<string[]>
  /** The texts that a post had before this edit. */
  discussionTextsBefore: (post: DiscussionPost, edit: Edit) => Promise<string[]>
  opening: (id: string) => Promise<Opening>
  application: (id: string) => Promise<Application>
  /** The members who applied for an opening and have not withdrawn. */
  applicants: (openingId: string) => Promise<string[]>
  worker: (id: string) => Promise<Worker>
  /** The member whom an account belongs to, if any. */
  memberOfAccount: (account: string) => Promise<Member | undefined>
  councilMembers: (councilId: string) => Promise<string[]>
  /** Who voted on a proposal in the round that is being decided: unlike `proposalInfo`, all of them or an error. */
  votersInRound: (proposalId: string) => Promise<string[]>
  /** The election that brought a council, if the query node has it. */
  election: (councilId: string) => Promise<Election | undefined>
  /** Proposals that are not final by now. None where the query node cannot tell. */
  openProposals: () => Promise<OpenProposal[]>
  /** The members who stand in the current election. */
  candidates: () => Promise<Member[]>
  /** The stages of elections that began in a block. */
  stagesFrom: (block: number) => Promise<ElectionStages>
  /**
   * Who has voted in the current election, fetched at most once per window.
   * @param revealingFrom the block in which its revealing stage began: nobody if that is another one
   */
  voters: (revealingFrom?: number) => Promise<Voter[]>
  /** The members who hold a role now, fetched at most once per run. */
  roles: () => Promise<Roles>
}

export type Edit = { block: number; indexInBlock: number }
export type Member = { id: string; handle: string }
export type Post = { id: string; threadId: string; authorId: string; repliesToId?: string | null; isVisible: boolean }
export type Thread = {
  id: string
  title: string
  authorId: string
  categoryId: string
  initialPostId?: string | null
  isVisible: boolean
}
export type Proposal = { id: string; title: string; creatorId: string }
export type ProposalInfo = {
  creator?: Member
  /** Of today: the query node's name. */
  status?: string
  /** How many councils have approved it by today. */
  councilApprovals?: number
  exactExecutionBlock?: number | undefined
  /** The block in which the next council takes over. Known while votes for it are being revealed. */
  nextCouncilAt?: number | undefined
  isStaked: boolean
  /** What replaces the known length of its type. */
  length?: ProposalLength | undefined
  /** The query node's variant: no field is trusted. */
  details: Readonly<Record<string, unknown>>
  /** Of all rounds, oldest first. */
  votes: readonly Vote[]
  /** The decisions and status updates so far. */
  changes: readonly StatusChange[]
}
export type Vote = Edit & { voter: Member; kind: string; rationale: string; round: number }
export type StatusChange = { block: number; status: string }
export type DiscussionPost = {
  id: string
  discussionThreadId: string
  authorId: string
  repliesToId?: string | null
  isVisible: boolean
}
export type Opening = {
  id: string
  groupId: string
  title?: string | null
  isForLead: boolean
  shortDescription?: string | null | undefined
  /** In ISO 8601. */
  expectedEnding?: string | null | undefined
  /** In base units, as `stake`. */
  rewardPerBlock?: string | null | undefined
  stake?: string | null | undefined
}
export type Application = { id: string; applicantId: string; openingId: string }
/** Ids of members. */
export type Election = { councilBefore: readonly string[]; candidates: readonly string[] }
/** As the query node gives them. `endsAt`: a block. */
export type ElectionStages = {
  announcing?: { endsAt: number; candidates: string }
  voting?: { roundId?: string | undefined; endsAt: number; seats: string; candidates: readonly Member[] }
  revealing?: { roundId?: string | undefined; endsAt: number }
}
export type Worker = { id: string; groupId: string; memberId: string; isLead: boolean }

/** An account that voted for the council. */
export type Voter = {
  /** The same for all its addresses. */
  account: string
  /** The members whose vote it is: those whose membership names the account, and those who watch it. */
  memberIds: readonly string[]
  /** Of these, the ones who watch it. */
  watcherIds: readonly string[]
  /** Whether each of its votes is. */
  isRevealed: boolean
}

/** Ids of members by role. */
export type Roles = {
  council: readonly string[]
  /** Every active worker, leads included. */
  workers: readonly string[]
  leads: readonly string[]
  workersOf: (groupId: string) => readonly string[]
  leadOf: (groupId: string) => readonly string[]
}

/** An event refers to a missing entity or lacks a required field. The notifier sets the event aside. */
export class NotUnderstood extends Error {
  override name = 'NotUnderstood'
}

/** The query node lacks the entity: one that lags has it later, so a later run tries again. */
export class MissingEntity extends NotUnderstood {}

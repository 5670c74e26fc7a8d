/**
 * The reasons for which a member can be told of an event. A kind's name is stored as text, so a new one needs no
 * migration; a name that was ever released stays.
 */
type Kind = {
  group: 'Forum' | 'Proposals' | 'Elections' | 'Working groups'
  /** What a settings page calls it. */
  label: string
  /** Completes "You receive this because ...". `{group}` stands for the working group's name. */
  reason: string
}
/** `defaultOn`: what holds, in the app and by email, for members who never touched the setting. */
type GeneralKind = Kind & { defaultOn: boolean }

const on = (group: Kind['group'], label: string, reason: string) => ({ group, label, reason, defaultOn: true })
const off = (group: Kind['group'], label: string, reason: string) => ({ group, label, reason, defaultOn: false })
const forWorkers = (label: string) =>
  on('Working groups', `${label} in my working groups`, 'you are a worker of the {group} group')
const forAll = (label: string) =>
  off('Working groups', `${label} in any working group`, 'you follow what happens in all working groups')

/** Kinds that a member switches on or off as a whole. */
export const generalKinds = {
  FORUM_THREAD_MENTION: on('Forum', 'A new thread mentions me', 'you were mentioned'),
  FORUM_THREAD_ALL: off('Forum', 'Any new thread', 'you follow all new threads'),
  FORUM_POST_MENTION: on('Forum', 'A post mentions me', 'you were mentioned'),
  FORUM_POST_REPLY: on('Forum', 'A reply to my post', 'it replies to your post'),
  FORUM_THREAD_CREATOR: on('Forum', 'A post in a thread that I started', 'you started this thread'),
  FORUM_THREAD_CONTRIBUTOR: on('Forum', 'A post in a thread that I wrote in', 'you wrote in this thread'),
  FORUM_POST_ALL: off('Forum', 'Any new post', 'you follow all forum posts'),

  PROPOSAL_CREATED_ALL: off('Proposals', 'Any new proposal', 'you follow all new proposals'),
  PROPOSAL_STATUS_CREATOR: on('Proposals', 'My proposal moves on', 'it is your proposal'),
  PROPOSAL_STATUS_ALL: off('Proposals', 'Any proposal moves on', 'you follow all proposals'),
  PROPOSAL_VOTE_CREATOR: on('Proposals', 'A vote on my proposal', 'it is your proposal'),
  PROPOSAL_VOTE_ALL: off('Proposals', 'A vote on any proposal', 'you follow all votes on proposals'),
  PROPOSAL_DISCUSSION_MENTION: on('Proposals', 'A discussion of a proposal mentions me', 'you were mentioned'),
  PROPOSAL_DISCUSSION_REPLY: on('Proposals', 'A reply to my post in a discussion', 'it replies to your post'),
  PROPOSAL_DISCUSSION_CREATOR: on('Proposals', 'A post on my proposal', 'it is your proposal'),
  PROPOSAL_DISCUSSION_CONTRIBUTOR: on(
    'Proposals',
    'A post in a discussion that I wrote in',
    'you wrote in this discussion',
  ),
  PROPOSAL_DISCUSSION_ALL: off('Proposals', 'A post on any proposal', 'you follow all discussions of proposals'),

  ELECTION_ANNOUNCING_STARTED: on('Elections', 'Candidates can stand', 'you follow council elections'),
  ELECTION_VOTING_STARTED: on('Elections', 'Voting begins', 'you follow council elections'),
  ELECTION_REVEALING_STARTED: on('Elections', 'Votes have to be revealed', 'you follow council elections'),
  ELECTION_COUNCIL_ELECTED: on('Elections', 'A council is elected', 'you follow council elections'),

  WG_OPENING_WORKER: forWorkers('A new opening'),
  WG_OPENING_ALL: forAll('A new opening'),
  WG_APPLICATION_WORKER: forWorkers('An application'),
  WG_APPLICATION_ALL: forAll('An application'),
  WG_NEW_WORKER_WORKER: forWorkers('Somebody is hired'),
  WG_NEW_WORKER_ALL: forAll('Somebody is hired'),
  WG_BUDGET_UPDATE_WORKER: forWorkers('The budget changes'),
  WG_BUDGET_UPDATE_ALL: forAll('The budget changes'),
  WG_NEW_BUDGET_WORKER: forWorkers('The budget is set'),
  WG_NEW_BUDGET_ALL: forAll('The budget is set'),
  WG_SPENDING_WORKER: forWorkers('Money is spent'),
  WG_SPENDING_ALL: forAll('Money is spent'),
  WG_NEW_LEAD_WORKER: forWorkers('A new lead'),
  WG_NEW_LEAD_ALL: forAll('A new lead'),
  WG_LEAD_EXIT_WORKER: forWorkers('A lead goes'),
  WG_LEAD_EXIT_ALL: forAll('A lead goes'),
  WG_WORKER_LEAVING_WORKER: forWorkers('A worker is leaving'),
  WG_WORKER_LEAVING_ALL: forAll('A worker is leaving'),
  WG_WORKER_EXIT_WORKER: forWorkers('A worker is gone'),
  WG_WORKER_EXIT_ALL: forAll('A worker is gone'),
} satisfies Record<string, GeneralKind>

/** Kinds that a member sets for one thread, category or proposal: WATCH or MUTE. */
export const entityKinds = {
  FORUM_THREAD_ENTITY_POST: { group: 'Forum', label: 'Posts in this thread', reason: 'you watch this thread' },
  FORUM_CATEGORY_ENTITY_POST: {
    group: 'Forum',
    label: 'Posts in this category',
    reason: 'you watch the category that this thread is in',
  },
  FORUM_CATEGORY_ENTITY_THREAD: {
    group: 'Forum',
    label: 'Threads in this category',
    reason: 'you watch the category that this thread is in',
  },
  PROPOSAL_ENTITY_STATUS: { group: 'Proposals', label: 'This proposal moves on', reason: 'you watch this proposal' },
  PROPOSAL_ENTITY_VOTE: { group: 'Proposals', label: 'Votes on this proposal', reason: 'you watch this proposal' },
  PROPOSAL_ENTITY_DISCUSSION: {
    group: 'Proposals',
    label: 'Posts on this proposal',
    reason: 'you watch this proposal',
  },
} satisfies Record<string, Kind>

export type GeneralKindName = keyof typeof generalKinds
export type EntityKindName = keyof typeof entityKinds
export type KindName = GeneralKindName | EntityKindName

const kinds: Record<string, Kind> = { ...generalKinds, ...entityKinds }

export const isKind = (name: string): name is KindName => Object.hasOwn(kinds, name)

/** Why a member is told, as the end of "You receive this because ...". @param group the working group's name, if any */
export function reasonOf(kind: KindName, group = 'working'): string {
  return (kinds[kind]?.reason ?? '').replace('{group}', group)
}

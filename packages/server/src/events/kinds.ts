/** A reason to notify a member. Names are stored as text: a new kind needs no migration, a released name never changes. */
type Kind = {
  group: 'Roles' | 'Forum' | 'Proposals' | 'Elections' | 'Working groups'
  /** The name of the setting. */
  label: string
  /** Completes "You receive this because ...". `{group}` stands for the name of the working group. */
  reason: string
  /** Whether its emails need not wait for a digest. */
  isUrgent?: boolean
  /** Whether it asks for something that can be done until a deadline. It is not emailed after that. */
  endsWithDeadline?: boolean
}
type GeneralKind = Kind & {
  /** Explains the setting in one sentence: "Sent when ...". */
  description: string
  /** Applies to the app and to email, for members who have not changed the setting. */
  defaultOn: boolean
}

type Texts = { label: string; description: string; reason: string }
const on = (group: Kind['group'], texts: Texts): GeneralKind => ({ group, ...texts, defaultOn: true })
const off = (group: Kind['group'], texts: Texts): GeneralKind => ({ group, ...texts, defaultOn: false })

const urgent = (kind: GeneralKind): GeneralKind => ({ ...kind, isUrgent: true })
const endingWithDeadline = (kind: GeneralKind): GeneralKind => ({ ...kind, endsWithDeadline: true })

const mention = (group: Kind['group'], texts: Texts) => urgent(on(group, texts))
const electionStage = (label: string, event: string) =>
  urgent(on('Elections', { label, description: `Sent when ${event}.`, reason: 'you follow council elections' }))
const forLead = (label: string, event: string) =>
  on('Working groups', {
    label: `${label} in the working group that I lead`,
    description: `Sent when ${event} in a working group that you lead.`,
    reason: 'you lead the {group} group',
  })
const lastDay = (label: string, event: string, reason: string) =>
  endingWithDeadline(urgent(on('Elections', { label, description: `Sent when ${event}.`, reason })))
const forWorkers = (label: string, event: string) =>
  on('Working groups', {
    label: `${label} in my working groups`,
    description: `Sent when ${event} in a working group that you work in.`,
    reason: 'you work in the {group} group',
  })
const forAll = (label: string, event: string) =>
  off('Working groups', {
    label: `${label} in any working group`,
    description: `Sent when ${event} in any working group.`,
    reason: 'you follow all working groups',
  })

/** Kinds that a member turns on or off as a whole. */
export const generalKinds = {
  ROLE_MENTION: mention('Roles', {
    label: 'A text mentions a role of mine',
    description: 'Sent when someone mentions a role that you hold, such as the council, in the forum or on a proposal.',
    reason: 'you hold a role that was mentioned',
  }),

  FORUM_THREAD_MENTION: mention('Forum', {
    label: 'A new thread mentions me',
    description: 'Sent when someone mentions you in the first post of a new thread.',
    reason: 'you were mentioned',
  }),
  FORUM_THREAD_ALL: off('Forum', {
    label: 'Any new thread',
    description: 'Sent when someone starts a thread anywhere in the forum.',
    reason: 'you follow all new threads',
  }),
  FORUM_POST_MENTION: mention('Forum', {
    label: 'A post mentions me',
    description: 'Sent when someone mentions you in a forum post, or adds a mention of you to one.',
    reason: 'you were mentioned',
  }),
  FORUM_POST_REPLY: on('Forum', {
    label: 'A reply to my post',
    description: 'Sent when someone replies to your post.',
    reason: 'someone replied to your post',
  }),
  FORUM_THREAD_CREATOR: on('Forum', {
    label: 'A post in a thread that I started',
    description: 'Sent when someone posts in a thread that you started.',
    reason: 'you started this thread',
  }),
  FORUM_THREAD_CONTRIBUTOR: on('Forum', {
    label: 'A post in a thread that I posted in',
    description: 'Sent when someone posts in a thread that you posted in.',
    reason: 'you posted in this thread',
  }),
  FORUM_POST_ALL: off('Forum', {
    label: 'Any new post',
    description: 'Sent when someone posts anywhere in the forum.',
    reason: 'you follow all forum posts',
  }),

  PROPOSAL_MENTION: mention('Proposals', {
    label: 'A new proposal mentions me',
    description: 'Sent when someone mentions you in the description of a new proposal.',
    reason: 'you were mentioned',
  }),
  PROPOSAL_DECIDING_COUNCILOR: endingWithDeadline(
    urgent(
      on('Proposals', {
        label: 'The council must decide on a proposal',
        description:
          'Sent when the council that you are on begins to decide on a proposal, also on one of an earlier council.',
        reason: 'you are on the council',
      }),
    ),
  ),
  PROPOSAL_WG_LEAD: on('Proposals', {
    label: 'A proposal about a group that I lead',
    description:
      'Sent when someone creates a proposal about a working group that you lead, or when its status changes.',
    reason: 'you lead the {group} group',
  }),
  PROPOSAL_WG_WORKER: off('Proposals', {
    label: 'A proposal about a group that I work in',
    description:
      'Sent when someone creates a proposal about a working group that you work in, or when its status changes.',
    reason: 'you work in the {group} group',
  }),
  PROPOSAL_CREATED_ALL: off('Proposals', {
    label: 'Any new proposal',
    description: 'Sent when someone creates a proposal.',
    reason: 'you follow all new proposals',
  }),
  PROPOSAL_STATUS_CREATOR: on('Proposals', {
    label: "My proposal's status changes",
    description: 'Sent when the status of your proposal changes.',
    reason: 'it is your proposal',
  }),
  PROPOSAL_EXECUTION_FAILED_COUNCILOR: off('Proposals', {
    label: "A proposal's execution fails",
    description: 'Sent when you are on the council and an approved proposal cannot be executed.',
    reason: 'you are on the council',
  }),
  PROPOSAL_STATUS_ALL: off('Proposals', {
    label: "Any proposal's status changes",
    description: 'Sent when the status of any proposal changes.',
    reason: 'you follow all proposals',
  }),
  PROPOSAL_VOTE_CREATOR: on('Proposals', {
    label: 'A vote on my proposal',
    description: 'Sent when a council member votes on your proposal.',
    reason: 'it is your proposal',
  }),
  PROPOSAL_VOTE_ALL: off('Proposals', {
    label: 'A vote on any proposal',
    description: 'Sent when a council member votes on any proposal.',
    reason: 'you follow all votes on proposals',
  }),
  PROPOSAL_VOTE_LAST_DAY: endingWithDeadline(
    urgent(
      on('Proposals', {
        label: 'The last day of my vote on a proposal',
        description: 'Sent when the council has little time left to decide on a proposal and you have not voted on it.',
        reason: 'the council waits for your vote',
      }),
    ),
  ),
  PROPOSAL_DISCUSSION_MENTION: mention('Proposals', {
    label: 'A proposal discussion mentions me',
    description: 'Sent when someone mentions you in the discussion of a proposal, or adds a mention of you to it.',
    reason: 'you were mentioned',
  }),
  PROPOSAL_DISCUSSION_REPLY: on('Proposals', {
    label: 'A reply to my post in a proposal discussion',
    description: 'Sent when someone replies to your post in the discussion of a proposal.',
    reason: 'someone replied to your post',
  }),
  PROPOSAL_DISCUSSION_CREATOR: on('Proposals', {
    label: 'A post about my proposal',
    description: 'Sent when someone posts in the discussion of your proposal.',
    reason: 'it is your proposal',
  }),
  PROPOSAL_DISCUSSION_CONTRIBUTOR: on('Proposals', {
    label: 'A post in a proposal discussion that I posted in',
    description: 'Sent when someone posts in a proposal discussion that you posted in.',
    reason: 'you posted in this discussion',
  }),
  PROPOSAL_DISCUSSION_COUNCILOR: off('Proposals', {
    label: 'A post about a proposal, while I am on the council',
    description: 'Sent when you are on the council and someone posts in the discussion of any proposal.',
    reason: 'you are on the council',
  }),
  PROPOSAL_DISCUSSION_ALL: off('Proposals', {
    label: 'A post about any proposal',
    description: 'Sent when someone posts in the discussion of any proposal.',
    reason: 'you follow all proposal discussions',
  }),

  ELECTION_ANNOUNCING_STARTED: electionStage(
    'Candidates can stand for the council',
    'members can announce their candidacy for the council',
  ),
  ELECTION_VOTING_STARTED: electionStage('Voting begins', 'voting in a council election begins'),
  ELECTION_REVEALING_VOTER: urgent(
    on('Elections', {
      label: 'My vote must be revealed',
      description: 'Sent when you have voted in a council election and must reveal your vote.',
      reason: 'you voted in this election',
    }),
  ),
  ELECTION_CONSTITUTIONAL_VOTE: off('Elections', {
    label: 'Voting begins, and the next council decides on a constitutional proposal',
    description:
      'Sent when voting in a council election begins while a proposal that needs the approval of another council is open.',
    reason: 'the next council decides on a proposal that needs two councils',
  }),
  ELECTION_REVEALING_STARTED: electionStage(
    'Votes must be revealed',
    'voters must reveal their votes in a council election',
  ),
  ELECTION_ANNOUNCING_LAST_DAY: {
    ...lastDay(
      'The last day to stand for the council',
      'the time to stand for the council is nearly over and you are no candidate',
      'you may still stand for the council',
    ),
    defaultOn: false,
  },
  ELECTION_VOTING_LAST_DAY: lastDay(
    'The last day to vote for the council',
    'the time to vote for the council is nearly over and none of your accounts has voted',
    'none of your accounts has voted',
  ),
  ELECTION_REVEALING_LAST_DAY: lastDay(
    'The last day to reveal my vote',
    'the time to reveal votes for the council is nearly over and a vote of yours is still hidden',
    'a vote of yours is not revealed',
  ),
  ELECTION_COUNCIL_ELECTED: electionStage('A council is elected', 'a new council is elected'),
  COUNCIL_MY_SEAT: on('Elections', {
    label: 'My seat on the council',
    description: 'Sent when you are elected to the council, stood and are not elected, or your term ends.',
    reason: 'you stood for the council or were on it',
  }),

  WG_MY_ROLE: on('Working groups', {
    label: 'My role in a working group',
    description:
      'Sent when you are hired, not hired, removed or slashed, or your reward changes or is missed, in any working group.',
    reason: 'it is about your role or application in the {group} group',
  }),
  WG_OPENING_WORKER: forWorkers('A new opening', 'an opening is added'),
  WG_OPENING_ALL: forAll('A new opening', 'an opening is added'),
  WG_OPENING_LAST_DAY: endingWithDeadline(
    off('Working groups', {
      label: 'The last day of an opening in any working group',
      description: 'Sent when the time to apply for an opening is nearly over.',
      reason: 'you follow openings',
    }),
  ),
  WG_APPLICATION_LEAD: forLead('A new application', 'someone applies for an opening'),
  WG_APPLICATION_WORKER: forWorkers('A new application', 'someone applies for an opening'),
  WG_APPLICATION_ALL: forAll('A new application', 'someone applies for an opening'),
  WG_NEW_WORKER_WORKER: forWorkers('An opening is filled', 'an opening is filled'),
  WG_NEW_WORKER_ALL: forAll('An opening is filled', 'an opening is filled'),
  WG_BUDGET_LEAD: forLead('The budget changes or is spent', 'the budget changes, is set or is spent'),
  WG_BUDGET_UPDATE_WORKER: forWorkers('The budget changes', 'the budget grows or shrinks'),
  WG_BUDGET_UPDATE_ALL: forAll('The budget changes', 'the budget grows or shrinks'),
  WG_NEW_BUDGET_WORKER: forWorkers('The budget is set', 'the budget is set'),
  WG_NEW_BUDGET_ALL: forAll('The budget is set', 'the budget is set'),
  WG_SPENDING_WORKER: forWorkers('Money is spent', 'money is spent from the budget'),
  WG_SPENDING_ALL: forAll('Money is spent', 'money is spent from the budget'),
  WG_NEW_LEAD_WORKER: forWorkers('A new lead', 'a new lead takes over'),
  WG_NEW_LEAD_ALL: forAll('A new lead', 'a new lead takes over'),
  WG_LEAD_EXIT_WORKER: forWorkers('A lead leaves', 'a lead steps down or is dismissed'),
  WG_LEAD_EXIT_ALL: forAll('A lead leaves', 'a lead steps down or is dismissed'),
  WG_WORKER_LEAVING_WORKER: forWorkers('A worker gives notice', 'a worker gives notice'),
  WG_WORKER_LEAVING_ALL: forAll('A worker gives notice', 'a worker gives notice'),
  WG_WORKER_EXIT_WORKER: forWorkers('A worker leaves', 'a worker leaves or is dismissed'),
  WG_WORKER_EXIT_ALL: forAll('A worker leaves', 'a worker leaves or is dismissed'),
} satisfies Record<string, GeneralKind>

/** Kinds that a member sets for one thread, category or proposal: WATCH or MUTE. */
export const entityKinds = {
  FORUM_THREAD_ENTITY_POST: { group: 'Forum', label: 'Posts in this thread', reason: 'you watch this thread' },
  FORUM_CATEGORY_ENTITY_POST: {
    group: 'Forum',
    label: 'Posts in this category',
    reason: "you watch this thread's category",
  },
  FORUM_CATEGORY_ENTITY_THREAD: {
    group: 'Forum',
    label: 'Threads in this category',
    reason: "you watch this thread's category",
  },
  PROPOSAL_ENTITY_STATUS: {
    group: 'Proposals',
    label: "This proposal's status changes",
    reason: 'you watch this proposal',
  },
  PROPOSAL_ENTITY_VOTE: { group: 'Proposals', label: 'Votes on this proposal', reason: 'you watch this proposal' },
  PROPOSAL_ENTITY_DISCUSSION: {
    group: 'Proposals',
    label: 'Posts about this proposal',
    reason: 'you watch this proposal',
  },
} satisfies Record<string, Kind>

/**
 * What a member turns on or off as a whole: the general kinds, and NOTIFY_ALL, which is none. While that is on, in the app
 * or by email, a kind counts as on there if the member never set it.
 */
export const generalSwitches = {
  NOTIFY_ALL: {
    group: 'Everything',
    label: 'Subscribe to all notifications',
    description: 'While this is on, so is every kind that you have not set yourself.',
    defaultOn: false,
  },
  ...generalKinds,
}

export type SwitchName = keyof typeof generalSwitches
export type GeneralKindName = keyof typeof generalKinds
export type EntityKindName = keyof typeof entityKinds
export type KindName = GeneralKindName | EntityKindName

const kinds: Record<string, Kind> = { ...generalKinds, ...entityKinds }

export const kindNames: readonly string[] = Object.keys(kinds)

export const isKind = (name: string): name is KindName => Object.hasOwn(kinds, name)

/** The name of the setting. */
export const labelOf = (name: KindName | SwitchName): string =>
  name === 'NOTIFY_ALL' ? generalSwitches.NOTIFY_ALL.label : (kinds[name]?.label ?? '')

/** Kinds that ask for something that can be done until a deadline. */
export const kindsWithDeadline: readonly string[] = kindNames.filter((name) => kinds[name]?.endsWithDeadline)

/** Kinds whose emails need not wait for a digest. */
export const urgentKinds: readonly string[] = kindNames.filter((name) => kinds[name]?.isUrgent)

const rankOf = (name: string): number => {
  if (kinds[name]?.isUrgent) return 0
  if (!Object.hasOwn(generalKinds, name)) return 2
  return generalKinds[name as GeneralKindName].defaultOn ? 1 : 3
}

/** Urgent ones first, then those about the member, those of what they watch, and those that they follow as a whole. */
export const kindsByImportance: readonly string[] = kindNames.toSorted((a, b) => rankOf(a) - rankOf(b))

export const groupOf = (kind: KindName): string => kinds[kind]?.group ?? ''

/** Completes "You receive this because ...". `group` is the name of the working group, for kinds that mention it. */
export function reasonOf(kind: KindName, group = 'working'): string {
  return (kinds[kind]?.reason ?? '').replace('{group}', group)
}

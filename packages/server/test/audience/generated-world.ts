import fc from 'fast-check'
import type { ReadEvent } from '../../src/chain/window.ts'
import type { Transaction } from '../../src/db/client.ts'
import type { Chain, ProposalInfo, Roles } from '../../src/events/chain.ts'
import { everyoneBut } from '../../src/events/define.ts'
import { entityKinds, generalKinds } from '../../src/events/kinds.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { type UnderstoodEvent, understand } from '../../src/notifier/audience/understand.ts'
import type { OracleMember, OracleSetting } from './oracle.ts'

// Few ids, so that the generated entities refer to each other.
const IDS = ['0', '1', '2', '3', '4', '5']
const GROUPS = ['forumWorkingGroup', 'appWorkingGroup']
const NOW = Date.now()
const DAY_MS = 24 * 60 * 60 * 1000

const id = fc.constantFrom(...IDS)
const ids = fc.uniqueArray(id, { maxLength: 4 })
const group = fc.constantFrom(...GROUPS)
const byId = <T>(of: fc.Arbitrary<T>) =>
  fc.tuple(...IDS.map(() => of)).map((values) => new Map(IDS.map((key, n) => [key, values[n] as T])))

const mention = fc.oneof(
  id.map((member) => `[@m](#mention?member-id=${member})`),
  fc
    .constantFrom('dao', 'council', 'leads', ...GROUPS.flatMap((g) => [`workers_${g}`, `lead_${g}`]))
    .map((role) => `[@r](#mention?role=${role})`),
)
const text = fc.array(mention, { maxLength: 2 }).map((mentions) => mentions.join(' and '))

const place = { block: fc.integer({ min: 1, max: 3 }), ageMs: fc.constantFrom(0, 10 * DAY_MS) }
const event = fc.oneof(
  fc.record({ type: fc.constant('PostAdded'), row: fc.record({ postId: id, text }), ...place }),
  fc.record({ type: fc.constant('PostTextUpdated'), row: fc.record({ postId: id, newText: text }), ...place }),
  fc.record({ type: fc.constant('ThreadCreated'), row: fc.record({ threadId: id, title: id, text }), ...place }),
  fc.record({ type: fc.constant('ProposalCreated'), row: fc.record({ proposalId: id }), ...place }),
  ...['ProposalStatusUpdated', 'ProposalDecisionMade', 'ProposalExecuted'].map((type) =>
    fc.record({ type: fc.constant(type), row: fc.record({ proposalId: id, ...statusOf(type) }), ...place }),
  ),
  fc.record({
    type: fc.constant('ProposalVoted'),
    row: fc.record({
      proposalId: id,
      voterId: id,
      voteKind: fc.constant('APPROVE'),
      voteRationale: fc.constant('Because'),
    }),
    ...place,
  }),
  fc.record({
    type: fc.constantFrom('ProposalDiscussionPostCreated', 'ProposalDiscussionPostUpdated'),
    row: fc.record({ postId: id, text }),
    ...place,
  }),
  fc.record({
    type: fc.constantFrom(
      'AnnouncingPeriodStarted',
      'NotEnoughCandidates',
      'VotingPeriodStarted',
      'RevealingStageStarted',
    ),
    row: fc.constant({}),
    ...place,
  }),
  fc.record({
    type: fc.constant('OpeningFilled'),
    row: fc.record({
      groupId: group,
      openingId: id,
      workersHired: ids.map((hired) => hired.map((membershipId) => ({ membershipId }))),
    }),
    ...place,
  }),
  fc.record({ type: fc.constant('LeaderUnset'), row: fc.record({ groupId: group, leaderId: id }), ...place }),
  fc.record({
    type: fc.constantFrom('WorkerExited', 'TerminatedLeader', 'WorkerStartedLeaving'),
    row: fc.record({ groupId: group, workerId: id }),
    ...place,
  }),
)

function statusOf(type: string): Record<string, fc.Arbitrary<unknown>> {
  const status = fc
    .constantFrom(
      'ProposalStatusGracing',
      'ProposalStatusCancelled',
      'ProposalStatusDeciding',
      'ProposalStatusExecutionFailed',
    )
    .map((__typename) => ({ __typename }))
  if (type === 'ProposalStatusUpdated') return { newStatus: status }
  return type === 'ProposalDecisionMade' ? { decisionStatus: status } : { executionStatus: status }
}

const proposalInfo = fc
  .record({
    status: fc.constantFrom(undefined, 'ProposalStatusDeciding', 'ProposalStatusRejected'),
    groupId: fc.option(group),
  })
  .map(
    ({ status, groupId }): ProposalInfo => ({
      ...(status && { status }),
      isStaked: true,
      details: groupId === null ? {} : { group: { id: groupId } },
      votes: [],
      changes: [],
    }),
  )

const switches = { inApp: fc.boolean(), byEmail: fc.boolean() }
const setting: fc.Arbitrary<OracleSetting> = fc.oneof(
  fc.record({
    memberId: id.map(Number),
    kind: fc.constantFrom(...Object.keys(generalKinds), ...Array<string>(10).fill('NOTIFY_ALL')),
    entityId: fc.constant(null),
    ...switches,
  }),
  fc.record({
    memberId: id.map(Number),
    kind: fc.constantFrom(...Object.keys(entityKinds)),
    entityId: id,
    ...switches,
  }),
)

/** Generates a small DAO, its members' settings, and up to five events. */
export const world = fc.record({
  members: fc.uniqueArray(
    fc.record<OracleMember>({
      id: id.map(Number),
      email: fc.constantFrom('ann@example.org', 'Ann@Example.org', 'ben@example.org', 'cleo@example.org', null),
      receiveEmails: fc.constantFrom(true, true, false),
      emailFrequency: fc.constantFrom('IMMEDIATE', 'IMMEDIATE', 'HOURLY', 'DAILY', 'WEEKLY'),
      urgentImmediately: fc.boolean(),
      isPaused: fc.constantFrom(false, false, true),
    }),
    { selector: (member) => member.id, maxLength: IDS.length },
  ),
  settings: fc.uniqueArray(setting, {
    selector: ({ memberId, kind, entityId }) => `${memberId} ${kind} ${entityId}`,
    maxLength: 40,
  }),
  events: fc.array(event, { minLength: 1, maxLength: 5 }).map((drafts) =>
    drafts.map(
      ({ type, row, block, ageMs }, n): ReadEvent => ({
        type,
        row,
        block,
        id: `OLYMPIA-${block}-${n}`,
        indexInBlock: n,
        time: new Date(NOW - ageMs),
      }),
    ),
  ),
  posts: byId(fc.record({ authorId: id, threadId: id, repliesToId: fc.option(id) })),
  threads: byId(fc.record({ authorId: id, categoryId: id })),
  parents: byId(fc.option(id)),
  earlier: byId(ids),
  before: byId(fc.array(text, { minLength: 1, maxLength: 2 })),
  descriptions: byId(text),
  proposals: byId(fc.record({ creatorId: id })),
  proposalInfo: byId(proposalInfo),
  workers: byId(fc.record({ memberId: id, isLead: fc.boolean() })),
  roles: fc.record({ council: ids, workers: fc.tuple(ids, ids), leads: fc.tuple(ids, ids) }),
  /** Whom each rule for everyone leaves out. */
  exceptions: fc.oneof(fc.constant([]), fc.array(ids, { minLength: 1, maxLength: 3 })),
  voters: ids,
  onlyVotersOfRevealing: fc.boolean(),
  canSend: fc.constantFrom(true, true, false),
  emailsPerHour: fc.constantFrom(0, 1, 2, 30),
})

export type World = typeof world extends fc.Arbitrary<infer T> ? T : never

export function chainOf(world: World): Chain {
  const of = <T>(table: Map<string, T>, key: string) => table.get(key) as T
  const roles: Roles = {
    council: world.roles.council,
    workers: world.roles.workers.flat(),
    leads: world.roles.leads.flat(),
    workersOf: (groupId) => world.roles.workers[GROUPS.indexOf(groupId)] ?? [],
    leadOf: (groupId) => world.roles.leads[GROUPS.indexOf(groupId)] ?? [],
  }
  return {
    member: async (key) => ({ id: key, handle: `member ${key}` }),
    post: async (key) => ({ id: key, isVisible: true, ...of(world.posts, key) }),
    postsDeletedIn: async () => [],
    thread: async (key) => ({ id: key, title: key, isVisible: true, ...of(world.threads, key) }),
    async categoryPath(key) {
      const path: string[] = []
      for (let next: string | null = key; next !== null && !path.includes(next); next = of(world.parents, next))
        path.push(next)
      return path
    },
    earlierAuthors: async ({ id: key }) => of(world.earlier, key),
    textsBefore: async ({ id: key }) => of(world.before, key),
    discussionTextsBefore: async ({ id: key }) => of(world.before, key),
    description: async (key) => of(world.descriptions, key),
    proposal: async (key) => ({ id: key, title: key, ...of(world.proposals, key) }),
    proposalInfo: async (key) => of(world.proposalInfo, key),
    discussionPost: async (key) => ({ id: key, discussionThreadId: key, isVisible: true, ...of(world.posts, key) }),
    discussedProposal: async (key) => ({ id: key, title: key, ...of(world.proposals, key) }),
    earlierDiscussants: async ({ id: key }) => of(world.earlier, key),
    opening: async (key) => ({ id: key, groupId: 'forumWorkingGroup', isForLead: false }),
    applicants: async (key) => of(world.earlier, key),
    memberOfAccount: async () => undefined,
    election: async (key) => ({ councilBefore: of(world.earlier, key), candidates: world.roles.council }),
    stagesFrom: async () => ({}),
    application: async (key) => ({ id: key, applicantId: key, openingId: key }),
    worker: async (key) => ({ id: key, groupId: 'forumWorkingGroup', ...of(world.workers, key) }),
    councilMembers: async () => [],
    voters: async () =>
      world.voters.map((key) => ({ account: key, memberIds: [key, key], watcherIds: [], isRevealed: false })),
    roles: async () => roles,
    votersInRound: async () => [],
    openProposals: async () => [],
    candidates: async () => [],
  }
}

/** The events of a world, with its exceptions. @throws if one is set aside */
export async function understandIn(world: World): Promise<UnderstoodEvent[]> {
  const { understood, setAside } = await understand(world.events, chainOf(world))
  if (setAside.length) throw new Error(setAside.map(({ error }) => error).join('; '))
  const { exceptions } = world
  let n = 0
  return understood.map((event) => ({
    ...event,
    rules: event.rules.map((rule) =>
      rule.audience === 'everyone' && exceptions.length
        ? { ...rule, ...everyoneBut(rule.kind, exceptions[n++ % exceptions.length] ?? []) }
        : rule,
    ),
  }))
}

/** Registers the members of a world with their settings. */
export async function populate(transaction: Transaction, { members, settings }: World): Promise<void> {
  await transaction.query(Prisma.sql`
    INSERT INTO "Member" (
      id, name, email, "receiveEmails", "emailFrequency", "urgentImmediately", "pauseEmailsUntil"
    )
    SELECT id, 'member ' || id, email, receives, frequency, urgent, CASE WHEN paused THEN now() + interval '40 days' END
    FROM unnest(
      ${members.map(({ id }) => id)}::int[], ${members.map(({ email }) => email)}::text[],
      ${members.map(({ receiveEmails }) => receiveEmails)}::bool[],
      ${members.map(({ emailFrequency }) => emailFrequency)}::"EmailFrequency"[],
      ${members.map(({ urgentImmediately }) => urgentImmediately)}::bool[],
      ${members.map(({ isPaused }) => isPaused)}::bool[]
    ) AS m (id, email, receives, frequency, urgent, paused)`)
  await transaction.query(Prisma.sql`
    INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail")
    SELECT * FROM unnest(
      ${settings.map(({ memberId }) => memberId)}::int[], ${settings.map(({ kind }) => kind)}::text[],
      ${settings.map(({ entityId }) => entityId)}::text[], ${settings.map(({ inApp }) => inApp)}::bool[],
      ${settings.map(({ byEmail }) => byEmail)}::bool[]
    ) AS s (member, kind, entity, in_app, by_email)
    WHERE member IN (SELECT id FROM "Member")`)
}

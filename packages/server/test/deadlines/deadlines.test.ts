import type { Member, ProposalDetails } from 'query-node'
import { expect, test } from 'vitest'
import { toStages } from '../../src/chain/stages.ts'
import { forgetDeadlines } from '../../src/jobs/forget-deadlines.ts'
import { checkHealth } from '../../src/operations/health.ts'
import { serveApi } from '../support/api.ts'
import { type Story, stories } from '../support/story.ts'
import { clockStory, DAY, HOUR_BLOCKS } from './clock-story.ts'

const createStory = stories()
const HOUR = DAY / 24

async function councilStory(age?: number) {
  const { story, ...rest } = await clockStory(createStory, age)
  const [alice, bob, carol] = [await story.member('alice'), await story.member('bob'), await story.member('carol')]
  await story.member('dave')
  story.chain.newCouncilElected({ members: [alice, bob, carol] })
  await story.begins()
  return { story, alice, bob, carol, ...rest }
}

const toldLastDay = async (story: Story) =>
  (await story.told()).filter((line) => line.endsWith('PROPOSAL_VOTE_LAST_DAY'))

test('a day before the council has to decide, those who have not voted are reminded', async () => {
  const { story, chain, alice, bob, carol, passes, looks } = await councilStory()
  const proposal = chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  chain.proposalVoted(proposal, { by: alice, kind: 'APPROVE' })
  await story.notify()

  passes(47)
  await looks()
  expect(await toldLastDay(story)).toEqual([])
  passes(0.9)
  // A minute before.
  chain.proposalVoted(proposal, { by: bob, kind: 'ABSTAIN' })
  await story.notify()
  expect(await toldLastDay(story)).toEqual([])

  passes(0.2)
  await looks()
  expect(await toldLastDay(story)).toEqual(['carol: PROPOSAL_VOTE_LAST_DAY'])
  const told = { kind: 'PROPOSAL_VOTE_LAST_DAY', eventType: 'ProposalDecidingEnding', emailStatus: 'SENT' }
  expect(await story.notificationOf(carol)).toMatchObject(told)
  expect(story.sent.at(-1)?.subject).toMatch(/^Vote on “Plants” by \w{3} \d+ \w{3}, \d\d:\d\d UTC$/)
  expect(story.sent.at(-1)?.text).toContain('Votes so far: 2 of 3')

  // Once.
  passes(10)
  await looks()
  await looks()
  expect(await toldLastDay(story)).toHaveLength(1)
})

test('a reminder waits for a digest only if that comes before the end, whatever its member says of urgent news', async () => {
  const { story, chain, alice, bob, carol, passes, looks } = await councilStory(49 * HOUR)
  const inThreeDays = new Date(Date.now() + 3 * DAY)
  const digests = (member: Member, data: Parameters<typeof story.db.member.update>[0]['data']) =>
    story.db.member.update({ where: { id: Number(member.id) }, data: { ...data, urgentImmediately: false } })
  await digests(alice, { emailFrequency: 'HOURLY' })
  await digests(bob, { emailFrequency: 'WEEKLY', digestWeekday: inThreeDays.getUTCDay() || 7 })
  await digests(carol, { emailFrequency: 'WEEKLY', digestWeekday: inThreeDays.getUTCDay() || 7 })
  await story.db.member.update({ where: { id: Number(carol.id) }, data: { pauseEmailsUntil: inThreeDays } })
  chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  await story.notify()
  passes(48.9)
  await looks()
  expect(await toldLastDay(story)).toHaveLength(3)
  const reminders = story.sent.filter(({ subject }) => subject.startsWith('Vote on “Plants” by '))
  expect(reminders.map(({ to }) => to)).toEqual(['bob@example.org'])
  const waiting = { kind: 'PROPOSAL_VOTE_LAST_DAY', email: { type: 'digest', status: 'PENDING' } }
  const news = await story.db.notification.findMany({
    where: { kind: 'PROPOSAL_VOTE_LAST_DAY', memberId: { in: [Number(alice.id), Number(carol.id)] } },
    include: { email: true },
  })
  expect(news).toMatchObject([waiting, waiting])
})

test('a vote that ends earlier than it seemed, with the council, is reminded of in time', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  chain.announcingPeriodStarted()
  chain.votingPeriodStarted({ candidates: [alice] })
  await story.notify()
  passes(24)
  chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  await story.notify()
  const ahead = () => story.db.deadline.findMany({ where: { type: 'ProposalDecidingEnding', goneAt: null } })
  const [before] = await ahead()
  // It takes 40 hours to reveal the votes, and then there is a new council.
  chain.revealingStageStarted({ endsAt: chain.openBlock + 40 * HOUR_BLOCKS })
  await story.notify()
  const [after] = await ahead()
  expect(Number(before?.endsAtBlock) - Number(after?.endsAtBlock)).toBe(32 * HOUR_BLOCKS - 1)
  passes(16.1)
  await looks()
  expect(await toldLastDay(story)).toHaveLength(3)
})

test('a new council rejects what is being decided, and its own members are reminded of what was dormant', async () => {
  const { story, chain, alice, bob, passes, looks } = await councilStory()
  const dave = await story.member('dave2')
  const details = { kind: 'SetCouncilorReward', newRewardPerBlock: 1n } as const
  const dormant = chain.proposalCreated({ by: alice, title: 'Reward', description: 'More.', details })
  chain.proposalVoted(dormant, { by: bob, kind: 'APPROVE' })
  chain.proposalDormant(dormant)
  chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  await story.notify()
  passes(47)
  chain.newCouncilElected({ members: [bob, dave] })
  await story.notify()
  // Of the old vote a day would be left.
  passes(2)
  await looks()
  expect(await toldLastDay(story)).toEqual([])
  chain.proposalVoted(dormant, { by: dave, kind: 'REJECT' })
  await story.notify()
  passes(23)
  await looks()
  // A vote for another council does not count.
  expect(await toldLastDay(story)).toEqual(['bob: PROPOSAL_VOTE_LAST_DAY'])
  expect(story.sent.at(-1)?.subject).toMatch(/^Vote on “Reward” by /)
})

test('the council is reminded of a proposal of each length a day before its end, or after three quarters of a day', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  const details: Record<string, ProposalDetails> = {
    '1 day': { kind: 'Veto', proposal: chain.proposalCreated({ by: alice, title: '3 days', description: 'No.' }) },
    '2 days': { kind: 'SetCouncilorReward', newRewardPerBlock: 1n },
    '5 days': { kind: 'SetCouncilBudgetIncrement', newAmount: 1n },
    '72,200 blocks': { kind: 'AmendConstitution', text: 'We.' },
    '7 days': { kind: 'SetMaxValidatorCount', newMaxValidatorCount: 120 },
  }
  for (const [title, of] of Object.entries(details))
    chain.proposalCreated({ by: alice, title, description: 'Text.', details: of })
  await story.notify()
  const told: Record<string, number> = {}
  for (let hours = 6; hours <= 168; hours += 6) {
    passes(6)
    await looks()
    for (const { data } of await story.db.event.findMany({ where: { type: 'ProposalDecidingEnding' } }))
      told[String(Object(data).proposal)] ??= hours
  }
  // Looked at every six hours.
  expect(told).toEqual({ '1 day': 18, '2 days': 24, '3 days': 48, '5 days': 96, '72,200 blocks': 102, '7 days': 144 })
})

test('what asks to vote is not emailed after the vote, but where the vote goes on', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  // Emails wait, as while a provider is down.
  story.deps.config.emailDelaySeconds = 3_600
  const sends = async () => {
    await story.db.$executeRaw`UPDATE "Email" SET "sendAt" = now() WHERE status = 'PENDING'`
    await looks()
    const rows = await story.db.notification.findMany({ include: { email: true, event: true }, orderBy: { id: 'asc' } })
    return [...new Set(rows.map(({ kind, email }) => `${kind} ${email?.status} ${email?.reason ?? ''}`.trim()))]
  }
  const decided = chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  await story.notify()
  chain.proposalRejected(decided)
  await story.notify()
  // The decision itself is news.
  expect(await sends()).toEqual(['PROPOSAL_DECIDING_COUNCILOR SENT', 'PROPOSAL_STATUS_CREATOR SENT'])
  // A query node can leave one out for a moment: it counts as gone after ten minutes.
  await story.db.$executeRaw`UPDATE "Email" SET status = 'PENDING' WHERE status = 'SENT'`
  await story.db.$executeRaw`UPDATE "Deadline" SET "goneAt" = now() - interval '11 minutes' WHERE "goneAt" IS NOT NULL`
  expect(await sends()).toEqual(['PROPOSAL_DECIDING_COUNCILOR IGNORED OVER', 'PROPOSAL_STATUS_CREATOR SENT'])

  await story.db.notification.deleteMany()
  chain.proposalCreated({ by: alice, title: 'Trees', description: 'Plant them.' })
  chain.votingPeriodStarted({ candidates: [alice] })
  await story.notify()
  await sends()
  await story.db.notification.deleteMany()
  passes(71)
  await looks()
  passes(2)
  await looks()
  // The vote on the proposal takes three days, that for the council four.
  expect(await sends()).toEqual(['PROPOSAL_VOTE_LAST_DAY IGNORED OVER', 'ELECTION_VOTING_LAST_DAY SENT'])

  await story.db.notification.deleteMany()
  chain.revealingStageStarted()
  await story.notify()
  passes(95)
  chain.stageEndMoved(chain.openBlock + 30 * HOUR_BLOCKS)
  chain.commitBlock()
  await looks()
  passes(2)
  // That a stage has begun is news.
  expect(await sends()).toEqual(['ELECTION_REVEALING_STARTED SENT'])
})

test('a decision ends the deadline, and nobody is reminded', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  const proposal = chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  await story.notify()
  passes(40)
  chain.proposalRejected(proposal)
  await story.notify()
  passes(20)
  await looks()
  expect(await toldLastDay(story)).toEqual([])
  const open = await story.db.deadline.findMany({ where: { type: 'ProposalDecidingEnding', goneAt: null } })
  expect(open).toEqual([])
})

test('a notifier that was down reminds late, but not after the end', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  const [late, over] = [
    chain.proposalCreated({ by: alice, title: 'Late', description: 'Water them.' }),
    chain.proposalCreated({
      by: alice,
      title: 'Over',
      description: '50',
      details: { kind: 'Veto', proposal: chain.proposalCreated({ by: alice, title: 'Bad', description: 'No.' }) },
    }),
  ]
  await story.notify()
  passes(71)
  await looks()
  const events = await story.db.event.findMany({ where: { type: 'ProposalDecidingEnding' } })
  expect(events.map(({ entityId }) => entityId)).toContain(late.id)
  expect(events.map(({ entityId }) => entityId)).not.toContain(over.id)
})

test('a title that a stranger wrote stops neither the reminders nor the news', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  chain.proposalCreated({ by: alice, title: '\u0000<b>\ud800'.repeat(100_000), description: 'Water them.' })
  const { failure } = await story.notify()
  expect(failure).toBeUndefined()
  passes(50)
  await looks()
  expect(await toldLastDay(story)).toHaveLength(3)
  expect(story.sent.at(-1)?.subject).toMatch(/^Vote on “<b>.*…” by /)
})

test('a reminder that cannot be understood waits for it, but not beyond the end', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  const [early, late] = ['Early', 'Late'].map((title) => chain.proposalCreated({ by: alice, title, description: '.' }))
  await story.notify()
  story.expectLog(/^Set aside ProposalDecidingEnding /)
  // The query node has lost both for now.
  story.node.faults.alter = (data) => {
    if (data.rows && 'councilApprovals' in Object(data.rows[0])) data.rows = []
  }
  passes(50)
  await looks()
  expect(await story.db.setAsideEvent.count()).toBe(2)
  story.node.faults.alter = (data) => {
    const rows = (data.rows ?? []) as { id: string }[]
    if (rows.some((row) => 'councilApprovals' in row)) data.rows = rows.filter(({ id }) => id !== late?.id)
  }
  const retry = async () => {
    await story.db.$executeRaw`UPDATE "SetAsideEvent" SET "retryAt" = now()`
    await looks()
  }
  await retry()
  expect(await toldLastDay(story)).toHaveLength(3)
  delete story.node.faults.alter
  passes(30)
  await retry()
  expect(await story.db.setAsideEvent.count()).toBe(0)
  const told = await story.db.event.findMany({ where: { type: 'ProposalDecidingEnding' } })
  expect(told.map(({ entityId }) => entityId)).toEqual([early?.id])
})

test('nobody is reminded while there is no council', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  await story.notify()
  // The council has resigned.
  story.node.faults.alter = (data) => {
    if (data.councils) data.councils = []
  }
  passes(50)
  const { failure, setAside } = await looks()
  expect([failure, setAside]).toEqual([undefined, 0])
  expect(await toldLastDay(story)).toEqual([])
})

test('a councillor who muted a proposal is not reminded of it', async () => {
  const { story, chain, alice, bob, passes, looks } = await councilStory()
  await story.mutes(bob, 'PROPOSAL_ENTITY_VOTE', chain.proposalCreated({ by: alice, title: 'Noise', description: '.' }))
  await story.notify()
  passes(50)
  await looks()
  expect(await toldLastDay(story)).toEqual(['alice: PROPOSAL_VOTE_LAST_DAY', 'carol: PROPOSAL_VOTE_LAST_DAY'])
})

test('a deadline that a query node leaves out for a while is reminded of all the same, once', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  await story.notify()
  const hiccup = async () => {
    story.node.faults.alter = (data) => {
      if (data.openProposals) data.openProposals = []
    }
    await looks()
    delete story.node.faults.alter
  }
  await hiccup()
  passes(50)
  await looks()
  expect(await toldLastDay(story)).toHaveLength(3)
  await hiccup()
  await looks()
  expect(await toldLastDay(story)).toHaveLength(3)
  expect(await story.db.event.count({ where: { type: 'ProposalDecidingEnding' } })).toBe(1)
  expect(await story.db.deadline.findMany({ where: { toldAt: null, remindAt: { not: null } } })).toEqual([])
})

test.each([
  ['knows every event', undefined],
  ['does not know an event', ['PostAddedEvent']],
])('a query node that is being rebuilt and %s calls nothing off', async (_, unknownTypes) => {
  const { story, chain, alice, looks } = await councilStory()
  if (unknownTypes) story.node.faults.unknownTypes = unknownTypes
  story.expectLog(/^The query node (does not know the events|stands at block)/)
  chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  await story.notify()
  const before = await story.db.deadline.findMany({ orderBy: { id: 'asc' } })
  expect(before.length).toBeGreaterThan(0)
  // Handled up to a block that it does not have again yet.
  await story.db.$executeRaw`
    UPDATE "Store" SET value = jsonb_set(value, '{block}', to_jsonb((value->>'block')::int + 5000)) WHERE key = 'Progress'`
  story.node.faults.alter = (data) => {
    if (data.openProposals) data.openProposals = []
  }
  await looks()
  expect(await story.db.deadline.findMany({ orderBy: { id: 'asc' } })).toEqual(before)
  delete story.node.faults.alter
})

test('a run in which nothing has changed writes no deadline', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  await story.notify()
  const rows = () => story.db.deadline.findMany({ orderBy: { id: 'asc' } })
  const before = await rows()
  expect(before.length).toBeGreaterThan(1)
  passes(1)
  await looks()
  // News moves the head, and with it all estimates a little.
  chain.threadCreated({ by: alice, in: chain.categoryCreated('General'), title: 'News', text: 'News.' })
  await story.notify()
  expect(await rows()).toEqual(before)
})

test('an estimate may move by a little of the time that is left, a time that was announced by nothing', async () => {
  const { story, chain, alice, looks } = await councilStory()
  chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  const ends = new Date(chain.timeOf(chain.openBlock).getTime() + 10 * DAY)
  chain.openingAdded({ group: 'forumWorkingGroup', title: 'Gardener', expectedEnding: ends })
  await story.notify()
  const looksWith = async (headMinutes: number, openingMinutes: number) => {
    const later = (time: string, minutes: number) => new Date(Date.parse(time) + minutes * 60_000).toISOString()
    story.node.faults.alter = (data) => {
      for (const [row] of Object.values(data) as { createdAt?: string }[][])
        if (row?.createdAt) row.createdAt = later(row.createdAt, headMinutes)
      for (const { metadata } of (data.openings ?? []) as { metadata: { expectedEnding: string } }[])
        metadata.expectedEnding = later(metadata.expectedEnding, openingMinutes)
    }
    await looks()
    delete story.node.faults.alter
    const rows = await story.db.deadline.findMany({ orderBy: { type: 'asc' } })
    return Object.fromEntries(rows.map(({ type, sequence }) => [type, sequence]))
  }
  // Half a percent of fourteen, ten and three days are 101, 72 and 22 minutes.
  expect(await looksWith(20, 0)).toEqual({ CouncilIdleEnding: 0, OpeningEnding: 0, ProposalDecidingEnding: 0 })
  expect(await looksWith(30, 1)).toEqual({ CouncilIdleEnding: 0, OpeningEnding: 1, ProposalDecidingEnding: 1 })
  expect(await looksWith(110, 1)).toEqual({ CouncilIdleEnding: 1, OpeningEnding: 1, ProposalDecidingEnding: 2 })
})

test('an end in a block that no chain reaches keeps no other one from being known', async () => {
  const { story, chain, alice } = await councilStory()
  chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  chain.proposalCreated({ by: alice, title: 'Trees', description: 'Plant them.' })
  story.node.faults.alter = (data) => {
    const [proposal] = (data.openProposals ?? []) as { statusSetAtBlock: number }[]
    if (proposal) proposal.statusSetAtBlock = 2 ** 31 - 1
  }
  expect((await story.notify()).failure).toBeUndefined()
  delete story.node.faults.alter
  expect(await story.db.deadline.count({ where: { type: 'ProposalDecidingEnding' } })).toBe(1)
})

test('an end that moves, goes and comes back is told to calendars by a higher sequence', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  const ends = new Date(chain.timeOf(chain.openBlock).getTime() + 5 * DAY)
  chain.openingAdded({ group: 'forumWorkingGroup', title: 'Gardener', expectedEnding: ends })
  await story.notify()
  const now = async () => {
    const rows = await story.db.deadline.findMany({ where: { goneAt: null }, orderBy: { type: 'asc' } })
    return rows.map(({ type, sequence }) => `${type} ${sequence}`)
  }
  const gone = () => story.db.deadline.findMany({ where: { goneAt: { not: null } }, orderBy: { type: 'asc' } })
  expect(await now()).toEqual(['CouncilIdleEnding 0', 'OpeningEnding 0', 'ProposalDecidingEnding 0'])

  chain.stageEndMoved(chain.openBlock + 10 * HOUR_BLOCKS)
  chain.commitBlock()
  await looks()
  expect(await now()).toEqual(['CouncilIdleEnding 1', 'OpeningEnding 0', 'ProposalDecidingEnding 0'])

  const without = async (...lists: string[]) => {
    story.node.faults.alter = (data) => {
      for (const list of lists) if (data[list]) data[list] = []
    }
    await looks()
    delete story.node.faults.alter
  }
  await without('openings', 'openProposals')
  const off = { cancelledAt: expect.any(Date), sequence: 1 }
  expect(await gone()).toMatchObject([
    { type: 'OpeningEnding', ...off },
    { type: 'ProposalDecidingEnding', ...off },
  ])
  await looks()
  expect(await gone()).toEqual([])
  expect(await now()).toEqual(['CouncilIdleEnding 1', 'OpeningEnding 2', 'ProposalDecidingEnding 2'])
  expect(await story.db.deadline.count({ where: { cancelledAt: { not: null } } })).toBe(0)

  // What has ended is not cancelled.
  passes(5 * 24 + 1)
  chain.threadCreated({ by: alice, in: chain.categoryCreated('General'), title: 'News', text: 'News.' })
  chain.commitBlock()
  await without('councilStages', 'openings', 'openProposals')
  const over = { cancelledAt: null }
  expect(await gone()).toMatchObject([
    { type: 'CouncilIdleEnding', sequence: 1, ...over },
    { type: 'OpeningEnding', sequence: 2, ...over },
    { type: 'ProposalDecidingEnding', sequence: 2, ...over },
  ])
})

test('the vote on a proposal is the task of the council in office', async () => {
  const { story, chain, alice, bob, carol, looks } = await councilStory()
  const dave = await story.member('dave2')
  const ids = (...members: { id: string }[]) => members.map(({ id }) => Number(id)).sort((a, b) => a - b)
  const plants = chain.proposalCreated({ by: dave, title: 'Plants', description: 'Water them.' })
  chain.proposalCreated({ by: alice, title: 'Trees', description: 'Water them.' })
  await story.notify()
  const councillors = async () => {
    const { rows } = await story.pool.query<{ title: string; councillors: number[] | null; sequence: number }>(
      'SELECT title, councillors, sequence FROM "Deadline" WHERE "goneAt" IS NULL ORDER BY id',
    )
    return Object.fromEntries(rows.map((row) => [row.title, row.councillors]))
  }
  expect(await councillors()).toEqual({
    'The next council election begins': null,
    'Voting on “Plants”': ids(alice, bob, carol),
    'Voting on “Trees”': ids(alice, bob, carol),
  })
  const saved = { where: { title: 'Voting on “Trees”' } }
  const before = await story.db.deadline.findFirstOrThrow(saved)

  // Councillors whose ids are none, a creator who is not named, and a head that makes each estimate a little later.
  story.node.faults.alter = (data) => {
    for (const [row] of Object.values(data) as { createdAt?: string }[][])
      if (row?.createdAt) row.createdAt = new Date(Date.parse(row.createdAt) + 30_000).toISOString()
    for (const proposal of (data.openProposals ?? []) as { creatorId: unknown }[]) proposal.creatorId = ['1']
    for (const council of (data.inOffice ?? []) as { councilMembers: unknown[] }[])
      council.councilMembers = [
        null,
        ...['x\r\n', 'a-1', '2147483648', '99999999999', bob.id, bob.id].map((memberId) => ({ memberId })),
      ]
  }
  await looks()
  delete story.node.faults.alter
  expect(await councillors()).toMatchObject({ 'Voting on “Trees”': ids(bob), 'Voting on “Plants”': ids(bob) })
  // That is no news for a calendar.
  const { updatedAt, ...after } = await story.db.deadline.findFirstOrThrow(saved)
  expect(after).toMatchObject({ sequence: before.sequence, endsAt: before.endsAt, remindAt: before.remindAt })
  expect(updatedAt.getTime()).toBeGreaterThan(before.updatedAt.getTime())

  chain.proposalApproved(plants)
  await story.notify()
  expect(await councillors()).toMatchObject({ '“Plants” is executed': null })
})

test('a council of a million members is cut', () => {
  const councilMembers = Array.from({ length: 1_000_000 }, (_, n) => ({ memberId: String(n) }))
  expect(toStages({ inOffice: [{ councilMembers }] }).councillors).toHaveLength(200)
})

test('two notifiers remind once', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  await story.notify()
  passes(50)
  await Promise.all([looks(), looks(), looks()])
  await looks()
  expect(await toldLastDay(story)).toHaveLength(3)
})

test('who applies is reminded of the end that an opening announces, if they asked for it', async () => {
  const { story, chain, bob, passes, looks } = await councilStory()
  await story.wants(bob, 'WG_OPENING_LAST_DAY')
  const ends = new Date(chain.timeOf(chain.openBlock).getTime() + 5 * DAY)
  chain.openingAdded({ group: 'forumWorkingGroup', title: 'Gardener', expectedEnding: ends })
  chain.openingAdded({ group: 'forumWorkingGroup', title: 'No end' })
  await story.notify()
  passes(4 * 24 - 1)
  await looks()
  const toldOfOpening = async () => (await story.told()).filter((line) => line.includes('OPENING_LAST_DAY'))
  expect(await toldOfOpening()).toEqual([])
  passes(2)
  await looks()
  expect(await toldOfOpening()).toEqual(['bob: WG_OPENING_LAST_DAY'])
  expect(story.sent.at(-1)?.subject).toMatch(/^Last day to apply to Forum: Gardener, until /)
})

test('a query node that does not know the stages is read without them, and the log says so', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  await story.notify()
  story.node.faults.unknownTypes = ['CouncilStageUpdate']
  story.expectLog(/^Deadlines are not read, events are: /)
  passes(50)
  chain.proposalCreated({ by: alice, title: 'News', description: 'Told.' })
  const { events, failure } = await story.notify()
  expect(failure).toBeUndefined()
  expect(events).toBeGreaterThan(0)
  await looks()
  // What was known before still counts.
  expect(await toldLastDay(story)).toHaveLength(3)

  const check = async () => (await checkHealth(story.pool, ['test'])).find(({ name }) => name === 'deadlines')
  expect(await check()).toMatchObject({
    ok: false,
    says: expect.stringMatching(/^are not read, so nobody is reminded/),
  })
  delete story.node.faults.unknownTypes
  await looks()
  expect(await check()).toEqual({ name: 'deadlines', ok: true, says: 'are read' })
})

test('a length that a runtime upgrade has changed is in the log and in the checks, until it is configured', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  const check = async () => (await checkHealth(story.pool, ['test'])).find(({ name }) => name === 'deadlines')
  const expires = async (days: number) => {
    const proposal = chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
    await story.notify()
    passes(days * 24)
    chain.proposalExpired(proposal)
    await story.notify()
  }
  await expires(3)
  expect(await check()).toEqual({ name: 'deadlines', ok: true, says: 'are read' })

  story.expectLog(/^The length of a vote has changed: a Signal proposal expired after 2880\d blocks, not 43200\. /)
  await expires(2)
  expect(await check()).toMatchObject({
    ok: false,
    says: expect.stringMatching(
      /: Signal (2880\d)\. Set PROPOSAL_LENGTHS=\{"Signal":\{"votingBlocks":\1\}\} for the notifier$/,
    ),
  })
  story.deps.config.proposalLengths = { Signal: { votingBlocks: 28_800 } }
  await looks()
  expect(await check()).toEqual({ name: 'deadlines', ok: true, says: 'are read' })

  // And the reminder follows.
  chain.proposalCreated({ by: alice, title: 'Short', description: 'Water them.' })
  await story.notify()
  passes(25)
  await looks()
  const reminder = /^Vote on “Short” by (.*)$/.exec(story.sent.at(-1)?.subject ?? '')?.[1]
  expect(reminder).toMatch(/ UTC$/)
  // The news of the proposal counted with it too.
  expect(story.sent.map(({ subject }) => subject)).toContainEqual(expect.stringMatching(`^Vote by ${reminder}: Short`))
})

test('members read in the API what ends next', async () => {
  const { story, chain, alice } = await councilStory()
  const clock = story.deps
  delete clock.now
  const ends = new Date(Date.now() + DAY)
  chain.emptyBlocks(20 * 24 * HOUR_BLOCKS - 2_000)
  chain.openingAdded({ group: 'forumWorkingGroup', title: 'Gardener', expectedEnding: ends })
  const proposal = chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  await story.notify()
  const api = await serveApi(story)
  const { deadlines } = await api.data('{ deadlines { title url endsAt isEstimated } }', {}, api.tokenOf(alice))
  expect(deadlines).toEqual([
    {
      title: 'Applying to Forum: “Gardener”',
      url: expect.stringMatching(/^https:\/\/pioneer\.example\/#\/working-groups\/openings\//),
      endsAt: ends.toISOString(),
      isEstimated: false,
    },
    {
      title: 'Voting on “Plants”',
      url: `https://pioneer.example/#/proposals/preview/${proposal.id}`,
      endsAt: expect.any(String),
      isEstimated: true,
    },
  ])
  await expect(api.data('{ deadlines { title } }')).rejects.toThrow('Unauthorized')
})

test('deadlines that are over are forgotten after WHY_DAYS', async () => {
  const { story, chain, alice } = await councilStory()
  chain.proposalRejected(chain.proposalCreated({ by: alice, title: 'Old', description: 'No.' }))
  const open = chain.proposalCreated({ by: alice, title: 'Open', description: 'Yes.' })
  await story.notify()
  chain.proposalRejected(open)
  await story.notify()
  const left = () => story.db.deadline.findMany({ where: { type: 'ProposalDecidingEnding' } })
  await forgetDeadlines.runBatch(story.deps)
  expect(await left()).toHaveLength(1)
  await story.db.$executeRaw`UPDATE "Deadline" SET "goneAt" = now() - interval '91 days' WHERE "goneAt" IS NOT NULL`
  expect(await forgetDeadlines.runBatch(story.deps)).toBe(false)
  expect(await left()).toEqual([])
})

test('an idle run asks once, and a reminder takes six requests at most', async () => {
  const { story, chain, alice, passes, looks } = await councilStory()
  chain.proposalCreated({ by: alice, title: 'Plants', description: 'Water them.' })
  await story.notify()
  story.node.requests.reset()
  await looks()
  expect(story.node.requests.count).toBe(1)
  passes(50)
  story.node.requests.reset()
  await looks()
  expect(await toldLastDay(story)).toHaveLength(3)
  expect(story.node.requests.count).toBeLessThanOrEqual(6)
})

import { type Chain, mention, type Proposal } from 'query-node'
import { expect, test } from 'vitest'
import { stories } from '../support/story.ts'
import { people, toldNow } from './people.ts'

const createStory = stories()
const JOY = 10n ** 10n

/**
 * Carol makes the proposal "Cans". Cora, Carl and Colin are on the council; Olga was. Lena leads the forum group, Will
 * works in it. Zoe has no role.
 */
async function cans(options: Parameters<typeof createStory>[0] = {}) {
  const story = await createStory(options)
  const { chain } = story
  const cast = await people(story, 'carol', 'cora', 'carl', 'colin', 'olga', 'lena', 'will', 'zoe')
  const { carol, cora, carl, colin, olga, lena, will } = cast
  chain.newCouncilElected({ members: [olga] })
  chain.newCouncilElected({ members: [cora, carl, colin] })
  const lead = chain.workerHired({ member: lena, group: 'forumWorkingGroup', asLead: true })
  chain.workerHired({ member: will, group: 'forumWorkingGroup' })
  const propose = (more: Partial<Parameters<Chain['proposalCreated']>[0]> = {}) =>
    chain.proposalCreated({
      by: carol,
      title: 'Cans',
      description: 'They **leak**.',
      details: { kind: 'FundingRequest', destinations: [{ account: carol.address, amount: 5_000n * JOY }] },
      ...more,
    })
  await story.begins()
  return { story, chain, ...cast, lead, propose }
}

const council = (kind: string, ...names: string[]) => names.map((name) => `${name}: ${kind}`)

test('a new proposal asks the council to vote, says what it is about, and does not ask its creator', async () => {
  const { story, cora, propose } = await cans()
  propose()
  await story.notify()
  expect(await story.told()).toEqual(council('PROPOSAL_DECIDING_COUNCILOR', 'carl', 'colin', 'cora'))
  const [email] = story.sent
  expect(email?.subject).toMatch(/^Vote by \w{3} \d+ \w{3}, \d\d:\d\d UTC: Cans \(funding request, 5,000 JOY\)$/)
  expect(email?.text).toMatch(
    /Type: funding request\nAuthor: carol\nAmount: 5,000 JOY\nTo: j4\S+…\S+\nVote by: .*\n\n> They leak\./,
  )
  expect(email?.text).toContain('You receive this because you are on the council.')
  propose({ by: cora })
  expect(await toldNow(story)).toEqual(council('PROPOSAL_DECIDING_COUNCILOR', 'carl', 'colin'))
})

test('a council member who is mentioned is told of the mention, and one who muted nothing of the kind is left out', async () => {
  const { story, cora, carl, propose } = await cans()
  await story.refuses(carl, 'PROPOSAL_DECIDING_COUNCILOR')
  await story.wants(carl, 'PROPOSAL_CREATED_ALL')
  propose({ description: mention(cora) })
  await story.notify()
  expect(await story.told()).toEqual([
    'carl: PROPOSAL_CREATED_ALL',
    'colin: PROPOSAL_DECIDING_COUNCILOR',
    'cora: PROPOSAL_MENTION',
  ])
})

test('a proposal that the next council would reject is to be voted on before that council takes over', async () => {
  const { story, chain, propose } = await cans()
  chain.votingPeriodStarted({ candidates: [] })
  chain.revealingStageStarted({ endsAt: chain.openBlock + 600 })
  await story.begins()
  propose()
  await story.notify()
  const inAnHour = chain.timeOf(chain.head + 599).toUTCString()
  const [, day, month, clock] = /, (\d+) (\w+) \d+ (\d\d:\d\d)/.exec(inAnHour) ?? []
  const until = ` ${Number(day)} ${month}, ${clock} UTC`
  const news = story.sent.filter(({ subject }) => subject.startsWith('Vote by '))
  expect(news).toHaveLength(3)
  for (const { subject, text } of news) {
    expect(subject).toContain(until)
    expect(text).toMatch(new RegExp(`^Vote by: \\w{3}${until}$`, 'm'))
  }
})

test('a proposal that is decided by the time it is read asks nobody to vote', async () => {
  const { story, chain, propose } = await cans()
  chain.proposalRejected(chain.block(() => propose()))
  await story.notify()
  expect(await story.told()).toEqual(['carol: PROPOSAL_STATUS_CREATOR'])
})

test('when a new council takes a proposal up, its members are asked to vote, and those of the old one are not', async () => {
  const { story, chain, olga, cora, zoe, propose } = await cans()
  const proposal = propose({ details: { kind: 'SetMaxValidatorCount', newMaxValidatorCount: 120 } })
  chain.proposalVoted(proposal, { by: cora, kind: 'APPROVE' })
  chain.proposalDormant(proposal)
  propose({ title: 'Taps' })
  await story.begins()
  chain.newCouncilElected({ members: [olga, zoe] })
  await story.notify()
  const ofProposals = (await story.told()).filter((line) => line.includes('PROPOSAL'))
  expect(ofProposals.sort()).toEqual([
    ...Array(2).fill('carol: PROPOSAL_STATUS_CREATOR'),
    ...council('PROPOSAL_DECIDING_COUNCILOR', 'olga', 'zoe'),
  ])
  expect(
    story.sent
      .map(({ subject }) => subject)
      .filter((subject) => /Cans|Taps/.test(subject))
      .sort(),
  ).toEqual([
    'Rejected: Taps',
    'Up for decision again: Cans',
    ...Array(2).fill(expect.stringMatching(/^Vote by .*: Cans \(number of validators\)$/)),
  ])
  await story.begins()
  chain.proposalVoted(proposal, { by: zoe, kind: 'REJECT', rationale: 'Too many.' })
  chain.proposalRejected(proposal)
  await story.notify()
  expect(story.sent.at(-2)?.subject).toBe('zoe rejected Cans: 1 of 2 votes')
  expect(story.sent.at(-1)).toMatchObject({ subject: 'Rejected: Cans' })
  expect(story.sent.at(-1)?.text).toMatch(
    /The council did not approve your proposal\.\n\nVotes: 0 approve, 1 reject\n[\s\S]*Author: you\n[\s\S]*Stake: returned, less the rejection fee\nRationale: zoe \(reject\): “Too many\.”/,
  )
})

test('an approval is told with its votes and its execution as news of its own, each once', async () => {
  const { story, chain, cora, carl, colin, propose } = await cans()
  const proposal = propose()
  await story.begins()
  for (const by of [cora, carl]) chain.block(() => chain.proposalVoted(proposal, { by, kind: 'APPROVE' }))
  chain.block(() => chain.proposalVoted(proposal, { by: colin, kind: 'ABSTAIN', rationale: 'I sell cans.' }))
  chain.block(() => chain.proposalApproved(proposal))
  await story.notify()
  const subjects = () => story.sent.map(({ subject }) => subject)
  expect(subjects()).toEqual([
    'cora approved Cans: 1 of 3 votes',
    'carl approved Cans: 2 of 3 votes',
    'colin abstained on Cans: 3 of 3 votes',
    'Approved: Cans',
  ])
  expect(story.sent.at(-1)?.text).toMatch(
    /Votes: 2 approve, 0 reject, 1 abstain\nExecutes about: .* UTC\nType: funding request\nAuthor: you\nAmount: 5,000 JOY\n[\s\S]*Stake: returned in full\nRationale: colin \(abstain\): “I sell cans\.”/,
  )
  chain.block(() => chain.proposalExecuted(proposal))
  await story.notify()
  expect(subjects().slice(4)).toEqual(['Executed: Cans'])
})

type Step = (chain: Chain, proposal: Proposal) => void
const decision: Step = (chain, { id: proposalId }) =>
  void chain.raise('ProposalDecisionMadeEvent', { proposalId, decisionStatus: { __typename: 'ProposalStatusGracing' } })
const update: Step = (chain, { id: proposalId }) =>
  void chain.raise('ProposalStatusUpdatedEvent', { proposalId, newStatus: { __typename: 'ProposalStatusGracing' } })
const executed: Step = (chain, proposal) => void chain.proposalExecuted(proposal)
const failed: Step = (chain, proposal) => void chain.proposalExecutionFailed(proposal, { error: 'Out of cans' })

test.each<[string, Step[], string[]]>([
  ['the decision before its status update', [decision, update], ['Approved: Cans']],
  ['the decision after its status update', [update, decision], ['Approved: Cans']],
  ['the execution after both', [decision, update, executed], ['Approved: Cans']],
  ['a failed execution after both', [decision, update, failed], ['Approved: Cans', 'Execution failed: Cans']],
])('one approval is told once, in neighbouring blocks and in runs of their own: %s', async (_what, steps, expected) => {
  const { story, chain, carol, propose } = await cans()
  const vetoed = propose()
  // A veto has no grace period.
  const proposal = propose({ details: { kind: 'Veto', proposal: vetoed } })
  await story.refuses(carol, 'PROPOSAL_VOTE_CREATOR')
  await story.begins()
  for (const step of steps) {
    step(chain, proposal)
    await story.notify()
  }
  expect(story.sent.map(({ subject }) => subject)).toEqual(expected)
})

test('an approval in neighbouring blocks that are read in one run is told once, by the more telling event', async () => {
  const { story, chain, propose } = await cans()
  const proposal = propose()
  await story.begins()
  chain.block(() => update(chain, proposal))
  chain.block(() => decision(chain, proposal))
  await story.notify()
  expect(await story.db.notification.findMany({ include: { event: true } })).toMatchObject([
    { kind: 'PROPOSAL_STATUS_CREATOR', event: { type: 'ProposalDecisionMade' } },
  ])
})

test('the same status again under a later council is news', async () => {
  const { story, chain, propose } = await cans()
  const proposal = propose()
  await story.begins()
  for (let round = 0; round < 2; round++) {
    chain.block(() => chain.proposalDormant(proposal))
    chain.block(() => chain.proposalDecidingAgain(proposal))
  }
  await story.notify()
  expect((await story.told()).filter((one) => one.startsWith('carol'))).toEqual(
    Array(4).fill('carol: PROPOSAL_STATUS_CREATOR'),
  )
})

test('a failed execution concerns council members who want to know, and tells the error', async () => {
  const { story, chain, cora, carl, zoe, propose } = await cans()
  for (const member of [cora, zoe]) await story.wants(member, 'PROPOSAL_EXECUTION_FAILED_COUNCILOR')
  await story.wants(carl, 'PROPOSAL_STATUS_ALL')
  const [first, second] = [propose(), propose()]
  await story.begins()
  chain.proposalExecutionFailed(first, { error: 'Out of <b>cans</b>' })
  expect(await toldNow(story)).toEqual([
    'carl: PROPOSAL_STATUS_ALL',
    'carol: PROPOSAL_STATUS_CREATOR',
    'cora: PROPOSAL_EXECUTION_FAILED_COUNCILOR',
  ])
  expect(story.sent.at(-1)?.text).toContain('Error: Out of <b>cans</b>')
  chain.proposalExecuted(second)
  expect(await toldNow(story)).toEqual(['carl: PROPOSAL_STATUS_ALL', 'carol: PROPOSAL_STATUS_CREATOR'])
})

test('a proposal about a group concerns its lead, and those of its workers who want to know', async () => {
  const { story, chain, cora, carl, colin, will, lena, lead, propose } = await cans()
  for (const member of [cora, carl, colin]) await story.refuses(member, 'PROPOSAL_DECIDING_COUNCILOR')
  const proposal = propose({
    details: { kind: 'UpdateWorkingGroupBudget', group: 'forumWorkingGroup', amount: -5n * JOY },
  })
  expect(await toldNow(story)).toEqual(['lena: PROPOSAL_WG_LEAD'])
  expect(story.sent.at(-1)?.subject).toBe("New proposal: Cans (working group's budget, -5 JOY)")
  expect(story.sent.at(-1)?.text).toContain('You receive this because you lead the Forum group.')
  await story.wants(will, 'PROPOSAL_WG_WORKER')
  chain.proposalApproved(proposal)
  expect(await toldNow(story)).toEqual([
    'carol: PROPOSAL_STATUS_CREATOR',
    'lena: PROPOSAL_WG_LEAD',
    'will: PROPOSAL_WG_WORKER',
  ])
  propose({ by: lena, details: { kind: 'SlashWorkingGroupLead', lead, amount: JOY } })
  expect(await toldNow(story)).toEqual(['will: PROPOSAL_WG_WORKER'])
  propose({ details: { kind: 'UpdateWorkingGroupBudget', group: 'storageWorkingGroup', amount: JOY } })
  propose({ details: { kind: 'RuntimeUpgrade' } })
  expect(await toldNow(story)).toEqual([])
})

test('a post in a discussion concerns council members who want to know, the author never', async () => {
  const { story, chain, cora, carl, olga, propose } = await cans()
  for (const member of [cora, carl, olga]) await story.wants(member, 'PROPOSAL_DISCUSSION_COUNCILOR')
  const proposal = propose()
  await story.begins()
  chain.discussionPostCreated({ by: cora, on: proposal, text: 'Leaky ones?' })
  await story.notify()
  expect(await story.told()).toEqual(['carl: PROPOSAL_DISCUSSION_COUNCILOR', 'carol: PROPOSAL_DISCUSSION_CREATOR'])
})

test('all that is known of the proposals of a window takes one request', async () => {
  const { story, chain, cora, propose } = await cans()
  for (let n = 0; n < 30; n++) {
    const proposal = propose()
    chain.proposalVoted(proposal, { by: cora, kind: 'APPROVE' })
    chain.proposalApproved(proposal)
  }
  story.node.requests.reset()
  await story.notify()
  const named = story.node.requests.log.map(({ operationName }) => operationName)
  expect(named.filter((name) => name === 'ProposalInfo')).toHaveLength(1)
  expect(named.filter((name) => name === 'Roles')).toHaveLength(1)
})

test('a proposal whose details cannot be answered is told without them, and the others with them', async () => {
  const { story, chain, cora, carl, colin, propose } = await cans()
  for (const member of [cora, carl, colin]) await story.refuses(member, 'PROPOSAL_DECIDING_COUNCILOR')
  await story.wants(colin, 'PROPOSAL_CREATED_ALL')
  const gone = story.stranger('gone')
  const [broken] = [propose({ title: 'Broken' }), propose({ title: 'Whole' })]
  chain.proposalVoted(broken, { by: gone, kind: 'APPROVE' })
  chain.commitBlock()
  chain.forget(gone)
  story.expectLog(/Set aside ProposalVoted/)
  await story.notify()
  expect(story.sent.map(({ subject }) => subject).sort()).toEqual([
    'New proposal: Broken',
    'New proposal: Whole (funding request, 5,000 JOY)',
  ])
})

test('a query node that lacks a type of proposal still tells of proposals', async () => {
  const { story, propose } = await cans()
  story.node.faults.unknownTypes = ['VetoProposalDetails']
  const proposal = propose()
  await story.notify()
  expect(story.sent.map(({ subject }) => subject)).toEqual(Array(3).fill('Vote on the proposal Cans'))
  expect(story.sent[0]?.text).toContain(`/#/proposals/preview/${proposal.id}`)
})

test('an email whose event was recorded by a version without facts is sent without them', async () => {
  const { story, chain, propose } = await cans({ emailDelaySeconds: 600 })
  const proposal = propose()
  await story.begins()
  chain.proposalRejected(proposal)
  await story.notify()
  expect(story.sent).toEqual([])
  const data = { proposal: 'Cans', proposalId: proposal.id, status: 'ProposalStatusRejected' }
  await story.db.event.updateMany({ data: { data } })
  await story.db.email.updateMany({ data: { sendAt: new Date(0) } })
  await story.notify()
  expect(story.sent.map(({ subject }) => subject)).toEqual(['Rejected: Cans'])
  expect(story.sent[0]?.text).toContain(
    'Rejected: Cans\n\nThe council did not approve your proposal.\n\nSee the proposal:',
  )
})

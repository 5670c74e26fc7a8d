import { describe, expect, test } from 'vitest'
import type { Addressee } from '../../src/events/addressee.ts'
import { ANYBODY } from '../../src/events/addressee.ts'
import type { ProposalInfo } from '../../src/events/chain.ts'
import type { EventData, Words } from '../../src/events/define.ts'
import { valueText } from '../../src/events/facts.ts'
import type { KindName } from '../../src/events/kinds.ts'
import { eventOfType, events } from '../../src/events/list.ts'
import { proposalLengths } from '../../src/events/proposals/lengths.ts'
import { proposalTypeNames, typeName } from '../../src/events/proposals/types.ts'
import { alice, bob, carol, proposalInfo } from '../../src/events/samples.ts'

const CAROL: Addressee = { memberId: carol.id, timeZone: 'Europe/Berlin' }
const TITLE = 'Fund a second watering can'

function dataOf(type: string, facts: object = {}): EventData {
  const event = eventOfType(type)
  return JSON.parse(JSON.stringify(event.data({ ...Object(event.sample()), ...facts })))
}

function wordsOf(type: string, facts: object, kind: KindName, reader = ANYBODY): Words {
  return eventOfType(type).words(dataOf(type, facts), kind, reader)
}

const factsOf = ({ facts }: Words) => (facts?.() ?? []).map((one) => `${one.label}: ${valueText(one)}`)

const vote = (voter: typeof bob, kind: string, more: object = {}) => ({
  block: 1_000,
  indexInBlock: 3,
  round: 1,
  rationale: '',
  voter,
  kind,
  ...more,
})

const about = (type: string, details: object): ProposalInfo => ({
  ...proposalInfo,
  details: { __typename: `${type}ProposalDetails`, ...details },
})

describe('a new proposal', () => {
  test('says what it asks for, who asks and until when the council votes', () => {
    const words = wordsOf('ProposalCreated', {}, 'PROPOSAL_CREATED_ALL')
    expect(words).toMatchObject({ title: `New proposal: ${TITLE} (funding request, 5,000 JOY)`, summary: null })
    expect(words.excerpt).toContain('I volunteer for Mondays')
    expect(factsOf(words)).toEqual([
      'Type: funding request',
      'Author: carol',
      'Amount: 5,000 JOY',
      'To: j4Ub…qW9',
      'Vote by: Sat 28 Nov, 14:00 UTC',
    ])
  })

  test('asks a council member to vote, in their own time zone', () => {
    const words = wordsOf('ProposalCreated', {}, 'PROPOSAL_DECIDING_COUNCILOR', { ...CAROL, memberId: bob.id })
    expect(words.title).toBe(`Vote by Sat 28 Nov, 15:00 CET: ${TITLE} (funding request, 5,000 JOY)`)
    const unknown = wordsOf('ProposalCreated', { info: about('Later', {}) }, 'PROPOSAL_DECIDING_COUNCILOR')
    expect(unknown.title).toBe(`Vote on the proposal ${TITLE} (later)`)
  })

  test('repeats no text that its description has already', () => {
    const info = about('Signal', { text: 'Water **more**.' })
    const words = (description: string) =>
      factsOf(wordsOf('ProposalCreated', { info, description }, 'PROPOSAL_CREATED_ALL'))
    expect(words('Water more.')).not.toContain('Text: Water more.')
    expect(words('Why? Because.')).toContain('Text: Water more.')
  })
})

test.each([
  [
    'ProposalStatusDeciding',
    'Up for decision again',
    'An earlier council approved your proposal. The new council has to approve it too.',
    undefined,
  ],
  ['ProposalStatusGracing', 'Approved', 'Your proposal will be executed after its grace period.', 'returned in full'],
  [
    'ProposalStatusDormant',
    'Approved by this council',
    'Your proposal now waits for the next council, which has to approve it too.',
    'locked until the final decision',
  ],
  ['ProposalStatusVetoed', 'Vetoed', 'Your proposal will not be executed.', 'returned in full'],
  [
    'ProposalStatusSlashed',
    'Rejected and slashed',
    'The council voted to reject your proposal and to slash its stake.',
    'slashed',
  ],
  [
    'ProposalStatusRejected',
    'Rejected',
    'The council did not approve your proposal.',
    'returned, less the rejection fee',
  ],
  [
    'ProposalStatusExpired',
    'Expired',
    'The council did not decide on your proposal in time.',
    'returned, less the rejection fee',
  ],
  [
    'ProposalStatusCancelled',
    'Cancelled',
    'The creator withdrew your proposal.',
    'returned, less the cancellation fee',
  ],
  ['ProposalStatusCanceledByRuntime', 'Cancelled', 'A runtime upgrade ended your proposal.', 'returned in full'],
  ['ProposalStatusExecuted', 'Executed', 'Your proposal has taken effect.', undefined],
  ['ProposalStatusExecutionFailed', 'Execution failed', 'The council had approved your proposal.', undefined],
  ['ProposalStatusSentBack', 'Sent back', 'The status of your proposal has changed.', undefined],
  ['constructor', 'Constructor', 'The status of your proposal has changed.', undefined],
])('%s reads "%s", to the creator as "you"', (status, news, summary, stake) => {
  const ofCreator = wordsOf('ProposalDecisionMade', { status }, 'PROPOSAL_STATUS_CREATOR')
  expect(ofCreator).toMatchObject({ title: `${news}: ${TITLE}`, summary })
  // A creator can also watch their proposal, or follow all.
  for (const kind of ['PROPOSAL_ENTITY_STATUS', 'PROPOSAL_STATUS_ALL'] as const) {
    expect(wordsOf('ProposalDecisionMade', { status }, kind, CAROL).summary).toBe(summary)
    const toOthers = wordsOf('ProposalDecisionMade', { status }, kind)
    expect(toOthers.summary).toBe(summary.replace('Your', 'The').replace('your', 'the'))
  }
  expect(factsOf(ofCreator).filter((one) => one.startsWith('Stake: '))).toEqual(stake ? [`Stake: ${stake}`] : [])
  const unstaked = wordsOf(
    'ProposalDecisionMade',
    { status, info: { ...proposalInfo, isStaked: false } },
    'PROPOSAL_STATUS_ALL',
  )
  expect(factsOf(unstaked).join()).not.toContain('Stake: ')
})

test('an approval tells the votes of its round and when it is executed', () => {
  const votes = [
    vote(alice, 'REJECT', { rationale: 'Not in the first round.' }),
    vote(alice, 'APPROVE', { round: 2 }),
    vote(bob, 'APPROVE', { round: 2, rationale: 'It is **needed**.' }),
    vote(carol, 'ABSTAIN', { round: 2 }),
    vote(bob, 'REJECT', { round: 3, block: 9_000 }),
  ]
  const info = { ...proposalInfo, votes, councilApprovals: 2 }
  const words = wordsOf('ProposalDecisionMade', { status: 'ProposalStatusGracing', info }, 'PROPOSAL_STATUS_ALL')
  expect(factsOf(words)).toEqual([
    'Votes: 2 approve, 0 reject, 1 abstain',
    'Executes about: Wed 25 Nov, 16:00 UTC',
    'Type: funding request',
    'Author: carol',
    'Amount: 5,000 JOY',
    'To: j4Ub…qW9',
    'Stake: returned in full',
    'Rationale: bob (approve): “It is needed.”',
  ])
})

test.each([
  ['after its grace period', 'FundingRequest', undefined, 'Wed 25 Nov, 16:00 UTC'],
  ['at a later block that it names', 'FundingRequest', 2_000 + 14_400, 'Thu 26 Nov, 14:00 UTC'],
  ['after its grace period, if the block that it names is earlier', 'FundingRequest', 2_100, 'Wed 25 Nov, 16:00 UTC'],
  ['five days later', 'RuntimeUpgrade', undefined, 'Mon 30 Nov, 14:00 UTC'],
  ['at once', 'Veto', undefined, undefined],
  ['nobody knows when, of a type that a later runtime adds', 'Later', undefined, undefined],
  ['at a block that cannot be', 'FundingRequest', Number.MAX_SAFE_INTEGER, undefined],
])('an approved proposal is executed %s', (_when, type, exactExecutionBlock, expected) => {
  const info = { ...about(type, {}), exactExecutionBlock }
  const words = wordsOf('ProposalStatusUpdated', { status: 'ProposalStatusGracing', info }, 'PROPOSAL_STATUS_ALL')
  expect(words.facts?.().find(({ label }) => label === 'Executes about')?.value[0]?.text).toBe(expected)
})

test('a rejection without a vote in its round counts none of an earlier round', () => {
  const info = { ...proposalInfo, councilApprovals: 1, votes: [vote(alice, 'APPROVE')] }
  const words = wordsOf('ProposalDecisionMade', { status: 'ProposalStatusRejected', info }, 'PROPOSAL_STATUS_ALL')
  expect(factsOf(words)[0]).toBe('Votes: 0 approve, 0 reject')
})

test('a failed execution tells the error', () => {
  const words = wordsOf('ProposalExecuted', {}, 'PROPOSAL_EXECUTION_FAILED_COUNCILOR')
  expect(words.title).toBe(`Execution failed: ${TITLE}`)
  expect(factsOf(words)[0]).toBe('Error: The budget is too small')
  expect(words.group).toBe('Forum')
})

test('a proposal that the new council takes up asks its members to vote', () => {
  const words = wordsOf('ProposalStatusUpdated', {}, 'PROPOSAL_DECIDING_COUNCILOR')
  expect(words).toMatchObject({
    title: `Vote by Sat 28 Nov, 14:00 UTC: ${TITLE} (working group's budget, 5,000 JOY)`,
    action: 'Vote on the proposal',
  })
})

test.each([
  ['APPROVE', `alice approved ${TITLE}: 2 of 3 votes`],
  ['REJECT', `alice rejected ${TITLE}: 2 of 3 votes`],
  ['SLASH', `alice voted to reject and slash ${TITLE}: 2 of 3 votes`],
  ['ABSTAIN', `alice abstained on ${TITLE}: 2 of 3 votes`],
  ['LATER', `alice voted on ${TITLE}: 2 of 3 votes`],
])('a vote of %s reads "%s"', (voteKind, title) => {
  const words = wordsOf('ProposalVoted', { voteKind }, 'PROPOSAL_VOTE_CREATOR', CAROL)
  expect(words).toMatchObject({ title, summary: null, excerpt: 'One can is no can.' })
  expect(factsOf(words).slice(0, 3)).toEqual([
    'Votes so far: 1 approve, 1 reject',
    'Type: funding request',
    'Author: you',
  ])
})

test('a vote says nothing of a council that is smaller than the votes, or of no votes', () => {
  const title = (facts: object) => wordsOf('ProposalVoted', facts, 'PROPOSAL_VOTE_ALL').title
  expect(title({ seats: 1 })).toBe(`alice approved ${TITLE}`)
  expect(title({ votes: [] })).toBe(`alice approved ${TITLE}`)
})

const group = { id: 'operationsWorkingGroupBeta' }
const lead = { groupId: group.id, membership: carol }
const opening = { groupId: group.id, metadata: { title: 'HR lead' } }
const JOY = '50000000000000'

test.each<[string, object, string, string[]]>([
  ['Signal', { text: 'Be *kind*.' }, 'signal', ['Text: Be kind.']],
  ['RuntimeUpgrade', { newRuntimeBytecode: { id: '1' } }, 'runtime upgrade', []],
  ['SetMaxValidatorCount', { newMaxValidatorCount: 1_200 }, 'number of validators', ['Most validators: 1,200']],
  [
    'CreateWorkingGroupLeadOpening',
    { group, metadata: { title: 'HR lead' }, stakeAmount: JOY, rewardPerBlock: '10000000' },
    'opening for a lead',
    ['Group: HR', 'Opening: HR lead', 'Reward per month: 432 JOY', 'Stake: 5,000 JOY'],
  ],
  [
    'FillWorkingGroupLeadOpening',
    { opening, application: { applicant: carol } },
    'hiring of a lead',
    ['Group: HR', 'Applicant: carol', 'Opening: HR lead'],
  ],
  ['CancelWorkingGroupLeadOpening', { opening }, 'cancellation of an opening', ['Group: HR', 'Opening: HR lead']],
  [
    'UpdateWorkingGroupBudget',
    { group, amount: `-${JOY}` },
    "working group's budget, -5,000 JOY",
    ['Group: HR', 'Change of the budget: -5,000 JOY'],
  ],
  [
    'DecreaseWorkingGroupLeadStake',
    { lead, amount: JOY },
    "decrease of a lead's stake, 5,000 JOY",
    ['Group: HR', 'Lead: carol', 'Decrease of the stake: 5,000 JOY'],
  ],
  [
    'SlashWorkingGroupLead',
    { lead, amount: JOY },
    'slashing of a lead, 5,000 JOY',
    ['Group: HR', 'Lead: carol', 'Slashed: 5,000 JOY'],
  ],
  [
    'SetWorkingGroupLeadReward',
    { lead, newRewardPerBlock: '10000000' },
    "lead's reward",
    ['Group: HR', 'Lead: carol', 'Reward per month: 432 JOY'],
  ],
  ['TerminateWorkingGroupLead', { lead, slashingAmount: null }, 'dismissal of a lead', ['Group: HR', 'Lead: carol']],
  ['AmendConstitution', { text: 'Article 1' }, 'amendment of the constitution', ['Text: Article 1']],
  ['SetMembershipPrice', { newPrice: JOY }, 'price of a membership, 5,000 JOY', ['Price: 5,000 JOY']],
  [
    'SetCouncilBudgetIncrement',
    { newAmount: JOY },
    "increment of the council's budget, 5,000 JOY",
    ['Increment: 5,000 JOY'],
  ],
  ['SetCouncilorReward', { newRewardPerBlock: '10000000' }, 'reward of council members', ['Reward per month: 432 JOY']],
  [
    'SetInitialInvitationBalance',
    { newInitialInvitationBalance: JOY },
    'balance of invited members, 5,000 JOY',
    ['Balance: 5,000 JOY'],
  ],
  ['SetInitialInvitationCount', { newInitialInvitationsCount: 5 }, 'invitations of new members', ['Invitations: 5']],
  [
    'SetMembershipLeadInvitationQuota',
    { newLeadInvitationQuota: 0 },
    'invitations of the membership lead',
    ['Invitations: 0'],
  ],
  ['SetReferralCut', { newReferralCut: 50 }, 'referral cut', ['Referral cut: 50 %']],
  ['Veto', { proposal: { id: '8', title: 'Fund a cactus' } }, 'veto', ['Vetoes: Fund a cactus']],
  [
    'UpdateChannelPayouts',
    { channelCashoutsEnabled: false, minCashoutAllowed: JOY, maxCashoutAllowed: null },
    'channel payouts',
    ['Cash-outs: disabled', 'Smallest cash-out: 5,000 JOY'],
  ],
  [
    'UpdatePalletFrozenStatus',
    { pallet: 'ProjectToken', frozen: true },
    'freezing of a pallet',
    ['Pallet: ProjectToken', 'Then: frozen'],
  ],
  ['UpdateGlobalNftLimit', { newDailyNftLimit: 5, newWeeklyNftLimit: null }, 'limit of NFTs', ['NFTs per day: 5']],
  ['DecreaseCouncilBudget', { amount: JOY }, "decrease of the council's budget, 5,000 JOY", ['Decrease: 5,000 JOY']],
  ['UpdateTokenPalletTokenConstraints', {}, 'constraints of creator tokens', []],
  ['SetEraPayoutDampingFactor', { dampingFactor: 50 }, "damping of validators' rewards", ['Share paid: 50 %']],
  ['UpdateArgoBridgeConstraints', {}, 'constraints of the Argo bridge', []],
  ['SomethingNew', { anything: {} }, 'something new', []],
  ['constructor', {}, 'constructor', []],
])('a proposal of the type %s says in plain words what it is about', (type, details, what, aspects) => {
  const words = wordsOf('ProposalCreated', { info: about(type, details) }, 'PROPOSAL_CREATED_ALL')
  expect(words.title).toBe(`New proposal: ${TITLE} (${what})`)
  const known = factsOf(words).filter((one) => !one.startsWith('Vote by'))
  expect(known).toEqual([`Type: ${what.split(', ')[0]}`, 'Author: carol', ...aspects])
})

test('a lead whom a proposal is about is "you"', () => {
  const info = { ...about('TerminateWorkingGroupLead', { lead }), creator: bob }
  const words = wordsOf('ProposalStatusUpdated', { info }, 'PROPOSAL_WG_LEAD', CAROL)
  expect(factsOf(words)).toEqual(expect.arrayContaining(['Author: bob', 'Lead: you', 'Group: HR']))
  expect(words.facts?.().find(({ label }) => label === 'Lead')?.value[0]?.path).toBe(`/#/members/${carol.id}`)
  expect(words.group).toBe('HR')
})

test('every type of proposal has a name and lengths', () => {
  expect(Object.keys(proposalLengths).toSorted()).toEqual(proposalTypeNames.toSorted())
  for (const [type, { votingBlocks, graceBlocks, councils }] of Object.entries(proposalLengths)) {
    expect(typeName({ __typename: `${type}ProposalDetails` })).toMatch(/^[a-z]/)
    expect([votingBlocks > 0, graceBlocks >= 0, councils >= 1], type).toEqual([true, true, true])
  }
})

test('of many receivers of a funding request some are named, and the total is of all', () => {
  const destinations = Array.from({ length: 2_000 }, (_, n) => ({
    account: `j4${'x'.repeat(40)}${n + 100}`,
    amount: '10000000000',
  }))
  const info = about('FundingRequest', { destinationsList: { destinations } })
  const words = wordsOf('ProposalCreated', { info }, 'PROPOSAL_CREATED_ALL')
  expect(words.title).toContain('2,000 JOY')
  expect(factsOf(words).find((one) => one.startsWith('To: '))).toMatch(/^To: (j4xx…\d{3} \(1 JOY\), ){5}1995 more$/)
})

describe('what an enemy writes', () => {
  const huge = `<script>${'🌵 evil.com '.repeat(100_000)}`
  const values = [huge, `/#/${huge}`, null, [], {}, 1e300, Number.NaN, -1, '9'.repeat(1_000_000), true]

  test('any value of any detail gives words, and few of them', () => {
    for (const type of proposalTypeNames) {
      for (const value of values) {
        const nested = {
          id: value,
          groupId: value,
          title: value,
          handle: value,
          metadata: { title: value },
          destinations: [value, { account: value, amount: value }],
        }
        for (const each of [value, nested, { ...nested, membership: nested, applicant: nested }]) {
          const details = new Proxy(
            { __typename: `${type}ProposalDetails` },
            { get: (target, name) => Reflect.get(target, name) ?? each },
          )
          const data = dataOf('ProposalCreated', { info: { ...proposalInfo, details }, description: '' })
          expect(JSON.stringify(data).length).toBeLessThan(6_000)
          const words = eventOfType('ProposalCreated').words(data, 'PROPOSAL_CREATED_ALL', ANYBODY)
          for (const { path } of words.facts?.().flatMap((one) => one.value) ?? []) {
            if (path !== undefined) expect(path).toMatch(/^\/#\/[\w/-]+$/)
          }
        }
      }
    }
  })

  test('thousands of long rationales take little room', () => {
    const votes = Array.from({ length: 2_000 }, () =>
      vote({ id: '7', handle: 'x'.repeat(100) }, 'REJECT', { rationale: huge }),
    )
    const data = dataOf('ProposalDecisionMade', { info: { ...proposalInfo, votes } })
    expect(JSON.stringify(data).length).toBeLessThan(4_000)
    expect(data.votes).toBe('0 approve, 2000 reject')
  })
})

const STORED = { proposal: TITLE, proposalId: '9' }

test.each<[string, EventData, KindName, Partial<Words>]>([
  [
    'ProposalCreated',
    { ...STORED, creator: 'carol', excerpt: 'Text' },
    'PROPOSAL_CREATED_ALL',
    { title: `New proposal: ${TITLE}`, summary: 'carol proposed it to the council.', excerpt: 'Text' },
  ],
  [
    'ProposalDecisionMade',
    { ...STORED, status: 'ProposalStatusRejected' },
    'PROPOSAL_STATUS_CREATOR',
    { title: `Rejected: ${TITLE}`, summary: 'The council did not approve your proposal.' },
  ],
  [
    'ProposalExecuted',
    { ...STORED, status: 'ProposalStatusExecuted' },
    'PROPOSAL_STATUS_ALL',
    { title: `Executed: ${TITLE}`, summary: 'The proposal has taken effect.' },
  ],
  [
    'ProposalVoted',
    { ...STORED, voter: 'bob', vote: 'APPROVE', excerpt: null },
    'PROPOSAL_VOTE_CREATOR',
    { title: `bob approved ${TITLE}`, summary: null },
  ],
])('%s that version 0.1.0 stored has words, without facts', (type, data, kind, expected) => {
  const words = eventOfType(type).words(data, kind, CAROL)
  expect(words).toMatchObject(expected)
  expect(factsOf(words)).toEqual([])
})

const plainly = (text: string) => text.toLowerCase().replace(/[“”"'’.]|working /g, '')

test.each(events.map(({ type }) => type))('no summary of %s repeats its title', (type) => {
  const event = eventOfType(type)
  for (const { kind } of event.rules(event.sample())) {
    const { title, summary } = event.words(dataOf(type), kind, ANYBODY)
    if (!summary) continue
    expect(plainly(summary)).not.toContain(plainly(title))
    expect(plainly(title)).not.toContain(plainly(summary))
  }
})

import { expect, test } from 'vitest'
import { createChain } from '../src/index.ts'
import { ask, serve } from './support.ts'

const group = 'storageWorkingGroup'

function people() {
  const chain = createChain()
  const [alice, bob] = [chain.memberJoins('alice'), chain.memberJoins('bob')]
  chain.commitBlock()
  return { chain, alice, bob }
}

test('the nine working groups exist from genesis, without a leader', async () => {
  const { workingGroups } = await ask<{ workingGroups: object[] }>(
    await serve(),
    '{ workingGroups { id name leaderId } }',
  )
  expect(workingGroups).toHaveLength(9)
  expect(workingGroups).toContainEqual({
    id: 'operationsWorkingGroupBeta',
    name: 'operationsWorkingGroupBeta',
    leaderId: null,
  })
})

test('filling an opening hires some applicants and rejects the others', async () => {
  const { chain, alice, bob } = people()
  const opening = chain.openingAdded({ group, title: 'Operator', hiringLimit: 1 })
  const application = chain.appliedOnOpening({ by: alice, to: opening })
  chain.appliedOnOpening({ by: bob, to: opening })
  chain.commitBlock()
  chain.block(() => chain.openingFilled(opening, { hires: [application] }))
  const query = `{
    openingAddedEvents { groupId openingId opening { type metadata { title hiringLimit } status { __typename } } }
    appliedOnOpeningEvents { applicationId application { applicantId status { __typename } } }
    openingFilledEvents { inBlock openingId workersHired { id membershipId isLead isActive } }
    leaderSetEvents { id }
  }`
  expect(await ask(await serve(chain), query)).toEqual({
    openingAddedEvents: [
      {
        groupId: group,
        openingId: `${group}-0`,
        opening: {
          type: 'REGULAR',
          metadata: { title: 'Operator', hiringLimit: 1 },
          status: { __typename: 'OpeningStatusFilled' },
        },
      },
    ],
    appliedOnOpeningEvents: [
      {
        applicationId: `${group}-0`,
        application: { applicantId: alice.id, status: { __typename: 'ApplicationStatusAccepted' } },
      },
      {
        applicationId: `${group}-1`,
        application: { applicantId: bob.id, status: { __typename: 'ApplicationStatusRejected' } },
      },
    ],
    openingFilledEvents: [
      {
        inBlock: 3,
        openingId: `${group}-0`,
        workersHired: [{ id: `${group}-0`, membershipId: alice.id, isLead: false, isActive: true }],
      },
    ],
    leaderSetEvents: [],
  })
})

test('an opening for the lead sets the leader when it is filled', async () => {
  const { chain, alice } = people()
  const lead = chain.block(() => chain.workerHired({ member: alice, group, asLead: true }))
  expect(lead.isLead).toBe(true)
  const query = `{
    leaderSetEvents { inBlock groupId workerId worker { membershipId isLead } }
    openingFilledEvents { inBlock }
    workingGroups(where: { id_eq: "${group}" }) { leaderId leader { membershipId } }
  }`
  expect(await ask(await serve(chain), query)).toEqual({
    leaderSetEvents: [
      { inBlock: 2, groupId: group, workerId: lead.id, worker: { membershipId: alice.id, isLead: true } },
    ],
    openingFilledEvents: [{ inBlock: 2 }],
    workingGroups: [{ leaderId: lead.id, leader: { membershipId: alice.id } }],
  })
})

const departures = `{
  leaderUnsetEvents { inBlock indexInBlock leaderId }
  workerStartedLeavingEvents { workerId rationale }
  workerExitedEvents { inBlock indexInBlock workerId }
  terminatedWorkerEvents { workerId penalty rationale }
  terminatedLeaderEvents { inBlock indexInBlock workerId penalty rationale }
  workers { id isActive status { __typename } }
  workingGroups(where: { id_eq: "${group}" }) { leaderId }
}`
const noDepartures = {
  leaderUnsetEvents: [],
  workerStartedLeavingEvents: [],
  workerExitedEvents: [],
  terminatedWorkerEvents: [],
  terminatedLeaderEvents: [],
  workingGroups: [{ leaderId: null }],
}

test('a worker gives notice and leaves later', async () => {
  const { chain, alice } = people()
  const worker = chain.block(() => chain.workerHired({ member: alice, group }))
  chain.block(() => chain.workerStartedLeaving(worker, { rationale: 'Tired' }))
  const node = await serve(chain)
  expect(await ask(node, departures)).toEqual({
    ...noDepartures,
    workerStartedLeavingEvents: [{ workerId: worker.id, rationale: 'Tired' }],
    workers: [{ id: worker.id, isActive: true, status: { __typename: 'WorkerStatusLeaving' } }],
  })
  chain.block(() => chain.workerExited(worker))
  expect(await ask(node, departures)).toMatchObject({
    leaderUnsetEvents: [],
    workerExitedEvents: [{ inBlock: 4, indexInBlock: 0, workerId: worker.id }],
    workers: [{ isActive: false, status: { __typename: 'WorkerStatusLeft' } }],
  })
})

test('a lead who exits raises LeaderUnset and then WorkerExited in one block', async () => {
  const { chain, alice } = people()
  const lead = chain.block(() => chain.workerHired({ member: alice, group, asLead: true }))
  chain.block(() => chain.workerExited(lead))
  expect(await ask(await serve(chain), departures)).toEqual({
    ...noDepartures,
    leaderUnsetEvents: [{ inBlock: 3, indexInBlock: 0, leaderId: lead.id }],
    workerExitedEvents: [{ inBlock: 3, indexInBlock: 1, workerId: lead.id }],
    workers: [{ id: lead.id, isActive: false, status: { __typename: 'WorkerStatusLeft' } }],
  })
})

test('a worker is terminated with a penalty', async () => {
  const { chain, alice } = people()
  const worker = chain.block(() => chain.workerHired({ member: alice, group }))
  chain.block(() => chain.workerTerminated(worker, { penalty: 7n, rationale: 'Absent' }))
  expect(await ask(await serve(chain), departures)).toEqual({
    ...noDepartures,
    terminatedWorkerEvents: [{ workerId: worker.id, penalty: '7', rationale: 'Absent' }],
    workers: [{ id: worker.id, isActive: false, status: { __typename: 'WorkerStatusTerminated' } }],
  })
})

test('a lead who is terminated raises LeaderUnset and then TerminatedLeader in one block', async () => {
  const { chain, alice } = people()
  const lead = chain.block(() => chain.workerHired({ member: alice, group, asLead: true }))
  chain.block(() => chain.workerTerminated(lead))
  expect(await ask(await serve(chain), departures)).toEqual({
    ...noDepartures,
    leaderUnsetEvents: [{ inBlock: 3, indexInBlock: 0, leaderId: lead.id }],
    terminatedLeaderEvents: [{ inBlock: 3, indexInBlock: 1, workerId: lead.id, penalty: null, rationale: null }],
    workers: [{ id: lead.id, isActive: false, status: { __typename: 'WorkerStatusTerminated' } }],
  })
})

test('a leader is unset and set again; a group without one cannot lose it', async () => {
  const { chain, alice } = people()
  const lead = chain.block(() => chain.workerHired({ member: alice, group, asLead: true }))
  chain.block(() => chain.leaderUnset(group))
  expect(() => chain.leaderUnset(group)).toThrow(`The ${group} has no leader`)
  chain.block(() => chain.leaderSet(lead))
  const query = `{ leaderSetEvents { inBlock } leaderUnsetEvents { inBlock } }`
  expect(await ask(await serve(chain), query)).toEqual({
    leaderSetEvents: [{ inBlock: 2 }, { inBlock: 4 }],
    leaderUnsetEvents: [{ inBlock: 3 }],
  })
})

test('budgets are set, changed and spent', async () => {
  const { chain, bob } = people()
  chain.budgetSet(group, { to: 100n })
  chain.budgetUpdated(group, { by: 50n })
  chain.budgetSpent(group, { to: bob, amount: 30n, rationale: 'Labels' })
  chain.commitBlock()
  const query = `{
    budgetSetEvents { groupId newBudget }
    budgetUpdatedEvents { groupId budgetChangeAmount }
    budgetSpendingEvents { groupId reciever amount rationale }
    workingGroups(where: { id_eq: "${group}" }) { budget }
  }`
  expect(await ask(await serve(chain), query)).toEqual({
    budgetSetEvents: [{ groupId: group, newBudget: '100' }],
    budgetUpdatedEvents: [{ groupId: group, budgetChangeAmount: '50' }],
    budgetSpendingEvents: [{ groupId: group, reciever: bob.address, amount: '30', rationale: 'Labels' }],
    workingGroups: [{ budget: '120' }],
  })
})

test('a worker is slashed by at most their stake, paid another reward, and owed what the budget could not pay', async () => {
  const { chain, alice } = people()
  const opening = chain.openingAdded({ group, stake: 10n })
  const [worker] = chain.openingFilled(opening, { hires: [chain.appliedOnOpening({ by: alice, to: opening })] })
  if (!worker) throw new Error('Nobody was hired')
  chain.commitBlock()
  chain.workerSlashed(worker, { amount: 4n, rationale: 'Late' })
  chain.workerSlashed(worker, { amount: 40n })
  chain.workerRewardSet(worker, { perBlock: 7n })
  chain.workerRewardMissed(worker, { owed: 9n })
  chain.commitBlock()
  const query = `{
    stakeSlashedEvents { workerId requestedAmount slashedAmount rationale }
    workerRewardAmountUpdatedEvents { workerId newRewardPerBlock }
    newMissedRewardLevelReachedEvents { workerId newMissedRewardAmount inExtrinsic }
    workers { stake rewardPerBlock missingRewardAmount }
  }`
  const workerId = worker.id
  expect(await ask(await serve(chain), query)).toEqual({
    stakeSlashedEvents: [
      { workerId, requestedAmount: '4', slashedAmount: '4', rationale: 'Late' },
      { workerId, requestedAmount: '40', slashedAmount: '6', rationale: null },
    ],
    workerRewardAmountUpdatedEvents: [{ workerId, newRewardPerBlock: '7' }],
    newMissedRewardLevelReachedEvents: [{ workerId, newMissedRewardAmount: '9', inExtrinsic: null }],
    workers: [{ stake: '0', rewardPerBlock: '7', missingRewardAmount: '9' }],
  })
})

test('an application that was withdrawn is not rejected when the opening is filled', async () => {
  const { chain, alice, bob } = people()
  const opening = chain.openingAdded({ group })
  const [withdrawn, application] = [alice, bob].map((by) => chain.appliedOnOpening({ by, to: opening }))
  if (!withdrawn || !application) throw new Error('Nobody applied')
  chain.commitBlock()
  chain.block(() => chain.applicationWithdrawn(withdrawn))
  chain.block(() => chain.openingFilled(opening, { hires: [application] }))
  const query = `{
    applicationWithdrawnEvents { groupId applicationId }
    workingGroupApplications(where: { opening: { id_in: ["${opening.id}"] } }) { applicantId status { __typename } }
  }`
  expect(await ask(await serve(chain), query)).toEqual({
    applicationWithdrawnEvents: [{ groupId: group, applicationId: withdrawn.id }],
    workingGroupApplications: [
      { applicantId: alice.id, status: { __typename: 'ApplicationStatusWithdrawn' } },
      { applicantId: bob.id, status: { __typename: 'ApplicationStatusAccepted' } },
    ],
  })
})

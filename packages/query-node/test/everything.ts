import {
  type Application,
  type Chain,
  createChain,
  type Member,
  type Opening,
  type Proposal,
  type ProposalDetails,
  type Worker,
} from '../src/index.ts'

/** A chain with every event and entity that its builders can write. */
export function writeEverything(chain: Chain = createChain()): Chain {
  const [alice, bob, carla] = [chain.memberJoins('alice'), chain.memberJoins('bob'), chain.memberJoins('carla')]

  const top = chain.categoryCreated('Top')
  const inner = chain.categoryCreated('Inner', { parent: top })
  const thread = chain.threadCreated({ by: alice, in: top, title: 'Title', text: 'Text' })
  const post = chain.postAdded({ by: bob, in: thread, text: 'Text', repliesTo: thread.initialPost })
  chain.postEdited(post, { text: 'Other text' })
  chain.postModerated(post)
  chain.postDeleted(chain.postAdded({ by: carla, in: thread, text: 'Text' }))
  chain.threadMoved(thread, { to: inner })
  chain.threadModerated(chain.threadCreated({ by: bob, in: top, title: 'Rude', text: 'Text' }))
  chain.threadDeleted(chain.threadCreated({ by: bob, in: top, title: 'Regretted', text: 'Text' }))
  chain.memberAccountsUpdated(carla, { controllerAccount: bob.address, rootAccount: alice.address })
  chain.commitBlock()

  const propose = (title: string) => chain.proposalCreated({ by: alice, title, description: 'Description' })
  const discussed = propose('Discussed')
  const comment = chain.discussionPostCreated({ by: bob, on: discussed, text: 'Text' })
  chain.discussionPostCreated({ by: alice, on: discussed, text: 'Text', repliesTo: comment })
  chain.discussionPostDeleted(chain.discussionPostCreated({ by: bob, on: discussed, text: 'Text' }))
  chain.discussionPostEdited(comment, { text: 'Other text' })
  chain.proposalVoted(discussed, { by: carla, kind: 'APPROVE', rationale: 'Yes' })
  chain.proposalDormant(discussed)
  chain.proposalDecidingAgain(discussed)
  chain.proposalApproved(discussed)
  chain.proposalExecuted(discussed)
  chain.proposalExecutionFailed(propose('Failed'), { error: 'NotEnoughFunds' })
  chain.proposalApproved(propose('Waiting'))
  chain.proposalDormant(propose('Dormant'))
  chain.proposalRejected(propose('Rejected'))
  chain.proposalSlashed(propose('Slashed'))
  chain.proposalExpired(propose('Expired'))
  chain.proposalVetoed(propose('Vetoed'))
  chain.proposalCanceledByRuntime(propose('Canceled by the runtime'))
  chain.proposalCancelled(propose('Cancelled'))
  const leadOpening = chain.openingAdded({ group: 'appWorkingGroup', forLead: true })
  const leadApplication = chain.appliedOnOpening({ by: bob, to: leadOpening })
  const lead = chain.workerHired({ member: carla, group: 'storageWorkingGroup', asLead: true })
  for (const details of allDetails(discussed, leadOpening, leadApplication, lead, alice))
    chain.proposalCreated({ by: bob, title: details.kind, description: 'Description', details })
  chain.commitBlock()

  const opening = chain.openingAdded({ group: 'forumWorkingGroup', title: 'Moderator' })
  const application = chain.appliedOnOpening({ by: bob, to: opening })
  chain.appliedOnOpening({ by: carla, to: opening })
  chain.applicationWithdrawn(chain.appliedOnOpening({ by: alice, to: opening }))
  const [worker] = chain.openingFilled(opening, { hires: [application] })
  if (!worker) throw new Error('Nobody was hired')
  const hire = (asLead: boolean) => chain.workerHired({ member: carla, group: 'forumWorkingGroup', asLead })
  chain.workerRewardSet(worker, { perBlock: 7n })
  chain.workerRewardMissed(worker, { owed: 9n })
  chain.workerSlashed(worker, { amount: 5n, rationale: 'Late' })
  chain.workerStartedLeaving(worker, { rationale: 'Tired' })
  chain.workerExited(worker)
  chain.workerTerminated(hire(false), { penalty: 5n, rationale: 'Absent' })
  chain.workerTerminated(hire(true), { penalty: 5n, rationale: 'Absent' })
  chain.workerExited(hire(true))
  hire(true)
  chain.leaderUnset('forumWorkingGroup')
  chain.openingAdded({ group: 'forumWorkingGroup', forLead: true })
  chain.workerStartedLeaving(hire(false))
  chain.leaderSet(hire(false))
  chain.budgetSet('forumWorkingGroup', { to: 100n })
  chain.budgetUpdated('forumWorkingGroup', { by: 50n })
  chain.budgetSpent('forumWorkingGroup', { to: alice, amount: 25n })
  chain.commitBlock()

  chain.block(() => chain.notEnoughCandidates())
  chain.block(() => chain.votingPeriodStarted({ candidates: [alice, bob, carla] }))
  chain.block(() => chain.candidacyWithdrawn(bob))
  chain.block(() => chain.newCouncilNotElected())
  chain.block(() => chain.votingPeriodStarted({ candidates: [alice, bob, carla] }))
  chain.block(() => {
    chain.voteCast(alice.address)
    chain.revealingStageStarted()
  })
  chain.block(() => chain.newCouncilElected({ members: [alice, bob] }))
  chain.block(() => chain.announcingPeriodStarted())
  chain.block(() => chain.votingPeriodStarted({ candidates: [bob, carla] }))
  chain.block(() => chain.revealingStageStarted())
  chain.block(() => chain.newCouncilElected({ members: [carla] }))
  chain.block(() => chain.proposalDormant(propose('For the next council')))
  return chain
}

/** Details of every kind. */
const allDetails = (
  proposal: Proposal,
  opening: Opening,
  application: Application,
  lead: Worker,
  member: Member,
): ProposalDetails[] => [
  { kind: 'Signal', text: 'Text' },
  { kind: 'AmendConstitution', text: 'Text' },
  { kind: 'RuntimeUpgrade' },
  { kind: 'UpdateTokenPalletTokenConstraints' },
  { kind: 'UpdateArgoBridgeConstraints' },
  { kind: 'FundingRequest', destinations: [{ account: member.address, amount: 5n }] },
  { kind: 'SetMaxValidatorCount', newMaxValidatorCount: 100 },
  { kind: 'CreateWorkingGroupLeadOpening', group: 'forumWorkingGroup', title: 'Lead' },
  { kind: 'FillWorkingGroupLeadOpening', opening, application },
  { kind: 'CancelWorkingGroupLeadOpening', opening },
  { kind: 'UpdateWorkingGroupBudget', group: 'forumWorkingGroup', amount: 5n },
  { kind: 'DecreaseWorkingGroupLeadStake', lead, amount: 5n },
  { kind: 'SlashWorkingGroupLead', lead, amount: 5n },
  { kind: 'SetWorkingGroupLeadReward', lead, newRewardPerBlock: 5n },
  { kind: 'TerminateWorkingGroupLead', lead },
  { kind: 'SetMembershipPrice', newPrice: 5n },
  { kind: 'SetCouncilBudgetIncrement', newAmount: 5n },
  { kind: 'SetCouncilorReward', newRewardPerBlock: 5n },
  { kind: 'SetInitialInvitationBalance', newInitialInvitationBalance: 5n },
  { kind: 'SetInitialInvitationCount', newInitialInvitationsCount: 5 },
  { kind: 'SetMembershipLeadInvitationQuota', newLeadInvitationQuota: 5 },
  { kind: 'SetReferralCut', newReferralCut: 5 },
  { kind: 'Veto', proposal },
  { kind: 'UpdateChannelPayouts', channelCashoutsEnabled: true },
  { kind: 'UpdatePalletFrozenStatus', pallet: 'ProjectToken', frozen: true },
  { kind: 'UpdateGlobalNftLimit', newDailyNftLimit: 5 },
  { kind: 'DecreaseCouncilBudget', amount: 5n },
  { kind: 'SetEraPayoutDampingFactor', dampingFactor: 50 },
]

import { BLOCKS_PER_DAY } from '../blocks.ts'

/** How long the council decides on proposals of one type, and how long an approved one waits. */
export type ProposalLength = {
  votingBlocks: number
  /** From the approval to the execution. */
  graceBlocks: number
  /** The number of successive councils that have to approve. */
  councils: number
}

const BLOCKS_PER_HOUR = BLOCKS_PER_DAY / 24

const standard: ProposalLength = { votingBlocks: 3 * BLOCKS_PER_DAY, graceBlocks: 2 * BLOCKS_PER_HOUR, councils: 1 }
const twoDays: ProposalLength = { ...standard, votingBlocks: 2 * BLOCKS_PER_DAY }
const immediate: ProposalLength = { ...standard, graceBlocks: 0 }
const constraints: ProposalLength = { votingBlocks: 7 * BLOCKS_PER_DAY, graceBlocks: BLOCKS_PER_DAY, councils: 1 }
const validators: ProposalLength = { votingBlocks: 7 * BLOCKS_PER_DAY, graceBlocks: 5 * BLOCKS_PER_DAY, councils: 2 }

/**
 * By type of proposal: the query node's name of its details, without "ProposalDetails".
 * Source: the production configuration of the Joystream runtime, November 2025. A runtime upgrade can change it.
 */
export const proposalLengths: Readonly<Record<string, ProposalLength>> = {
  Signal: standard,
  FundingRequest: standard,
  CreateWorkingGroupLeadOpening: standard,
  FillWorkingGroupLeadOpening: standard,
  CancelWorkingGroupLeadOpening: standard,
  UpdateWorkingGroupBudget: standard,
  DecreaseWorkingGroupLeadStake: standard,
  SlashWorkingGroupLead: standard,
  SetWorkingGroupLeadReward: standard,
  TerminateWorkingGroupLead: standard,
  SetMembershipPrice: standard,
  SetInitialInvitationCount: standard,
  SetMembershipLeadInvitationQuota: standard,
  SetReferralCut: standard,
  SetInitialInvitationBalance: twoDays,
  UpdateGlobalNftLimit: twoDays,
  UpdatePalletFrozenStatus: immediate,
  SetEraPayoutDampingFactor: immediate,
  DecreaseCouncilBudget: immediate,
  Veto: { ...immediate, votingBlocks: BLOCKS_PER_DAY },
  UpdateChannelPayouts: constraints,
  UpdateTokenPalletTokenConstraints: constraints,
  UpdateArgoBridgeConstraints: constraints,
  SetMaxValidatorCount: validators,
  RuntimeUpgrade: validators,
  SetCouncilBudgetIncrement: { votingBlocks: 5 * BLOCKS_PER_DAY, graceBlocks: 5 * BLOCKS_PER_DAY, councils: 2 },
  SetCouncilorReward: { votingBlocks: 2 * BLOCKS_PER_DAY, graceBlocks: 3 * BLOCKS_PER_DAY, councils: 2 },
  AmendConstitution: { votingBlocks: 72_200, graceBlocks: BLOCKS_PER_DAY, councils: 2 },
}

/** The known lengths, with some replaced. A type that is not known yet has the rest of a usual one. */
export function lengthsWith(
  replaced: Readonly<Record<string, Partial<Pick<ProposalLength, 'votingBlocks' | 'graceBlocks'>>>> = {},
): Record<string, ProposalLength> {
  const all: Record<string, ProposalLength> = { ...proposalLengths }
  for (const [type, length] of Object.entries(replaced)) {
    all[type] = {
      ...(Object.hasOwn(proposalLengths, type) ? proposalLengths[type] : standard),
      ...length,
    } as ProposalLength
  }
  return all
}

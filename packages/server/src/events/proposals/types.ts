import { isAmount, joy, monthly, shortAccount } from '../amounts.ts'
import { excerptOf } from '../markdown.ts'
import { nameOf } from '../working-groups/group.ts'

/** What a proposal is to do, as the query node gives it: no field is trusted. */
export type ProposalDetails = Readonly<Record<string, unknown>>

/** One thing that the proposal is about: perhaps a member or another proposal. */
export type Aspect = { label: string; text: string; memberId?: string; proposalId?: string }

type MaybeAspect = Aspect | undefined

type ProposalType = {
  /** Plain words: "funding request". */
  name: string
  /** The amount that matters most, in base units. */
  amount?: (details: ProposalDetails) => string | undefined
  /** The most important first. */
  about?: (details: ProposalDetails) => MaybeAspect[]
}

/** By the query node's name of the details, without "ProposalDetails". */
const TYPES = new Map<string, ProposalType>(
  Object.entries({
    Signal: { name: 'signal', about: ({ text }) => [written('Text', text)] },
    RuntimeUpgrade: { name: 'runtime upgrade' },
    FundingRequest: {
      name: 'funding request',
      amount: total,
      about: (details) => [amount('Amount', total(details)), receivers(details)],
    },
    SetMaxValidatorCount: {
      name: 'number of validators',
      about: ({ newMaxValidatorCount }) => [count('Most validators', newMaxValidatorCount)],
    },
    CreateWorkingGroupLeadOpening: {
      name: 'opening for a lead',
      about: (details) => [
        group(details),
        titled('Opening', entity(details.metadata).title),
        perMonth('Reward per month', details.rewardPerBlock),
        amount('Stake', details.stakeAmount),
      ],
    },
    FillWorkingGroupLeadOpening: {
      name: 'hiring of a lead',
      about: (details) => [
        group(details),
        person('Applicant', entity(details.application).applicant),
        titled('Opening', entity(entity(details.opening).metadata).title),
      ],
    },
    CancelWorkingGroupLeadOpening: {
      name: 'cancellation of an opening',
      about: (details) => [group(details), titled('Opening', entity(entity(details.opening).metadata).title)],
    },
    UpdateWorkingGroupBudget: {
      name: "working group's budget",
      amount: (details) => baseUnits(details.amount),
      about: (details) => [group(details), amount('Change of the budget', details.amount)],
    },
    DecreaseWorkingGroupLeadStake: {
      name: "decrease of a lead's stake",
      amount: (details) => baseUnits(details.amount),
      about: (details) => [group(details), lead(details), amount('Decrease of the stake', details.amount)],
    },
    SlashWorkingGroupLead: {
      name: 'slashing of a lead',
      amount: (details) => baseUnits(details.amount),
      about: (details) => [group(details), lead(details), amount('Slashed', details.amount)],
    },
    SetWorkingGroupLeadReward: {
      name: "lead's reward",
      about: (details) => [group(details), lead(details), perMonth('Reward per month', details.newRewardPerBlock)],
    },
    TerminateWorkingGroupLead: {
      name: 'dismissal of a lead',
      about: (details) => [group(details), lead(details), amount('Slashed', details.slashingAmount)],
    },
    AmendConstitution: { name: 'amendment of the constitution', about: ({ text }) => [written('Text', text)] },
    SetMembershipPrice: {
      name: 'price of a membership',
      amount: ({ newPrice }) => baseUnits(newPrice),
      about: ({ newPrice }) => [amount('Price', newPrice)],
    },
    SetCouncilBudgetIncrement: {
      name: "increment of the council's budget",
      amount: ({ newAmount }) => baseUnits(newAmount),
      about: ({ newAmount }) => [amount('Increment', newAmount)],
    },
    SetCouncilorReward: {
      name: 'reward of council members',
      about: ({ newRewardPerBlock }) => [perMonth('Reward per month', newRewardPerBlock)],
    },
    SetInitialInvitationBalance: {
      name: 'balance of invited members',
      amount: ({ newInitialInvitationBalance }) => baseUnits(newInitialInvitationBalance),
      about: ({ newInitialInvitationBalance }) => [amount('Balance', newInitialInvitationBalance)],
    },
    SetInitialInvitationCount: {
      name: 'invitations of new members',
      about: ({ newInitialInvitationsCount }) => [count('Invitations', newInitialInvitationsCount)],
    },
    SetMembershipLeadInvitationQuota: {
      name: 'invitations of the membership lead',
      about: ({ newLeadInvitationQuota }) => [count('Invitations', newLeadInvitationQuota)],
    },
    SetReferralCut: {
      name: 'referral cut',
      about: ({ newReferralCut }) => [count('Referral cut', newReferralCut, ' %')],
    },
    Veto: { name: 'veto', about: ({ proposal }) => [vetoed(proposal)] },
    UpdateChannelPayouts: {
      name: 'channel payouts',
      about: (details) => [
        choice('Cash-outs', details.channelCashoutsEnabled, ['enabled', 'disabled']),
        amount('Smallest cash-out', details.minCashoutAllowed),
        amount('Largest cash-out', details.maxCashoutAllowed),
      ],
    },
    UpdatePalletFrozenStatus: {
      name: 'freezing of a pallet',
      about: ({ pallet, frozen }) => [titled('Pallet', pallet), choice('Then', frozen, ['frozen', 'not frozen'])],
    },
    UpdateGlobalNftLimit: {
      name: 'limit of NFTs',
      about: ({ newDailyNftLimit, newWeeklyNftLimit }) => [
        count('NFTs per day', newDailyNftLimit),
        count('NFTs per week', newWeeklyNftLimit),
      ],
    },
    DecreaseCouncilBudget: {
      name: "decrease of the council's budget",
      amount: (details) => baseUnits(details.amount),
      about: (details) => [amount('Decrease', details.amount)],
    },
    UpdateTokenPalletTokenConstraints: { name: 'constraints of creator tokens' },
    SetEraPayoutDampingFactor: {
      name: "damping of validators' rewards",
      about: ({ dampingFactor }) => [count('Share paid', dampingFactor, ' %')],
    },
    UpdateArgoBridgeConstraints: { name: 'constraints of the Argo bridge' },
  } satisfies Record<string, ProposalType>),
)

export const proposalTypeNames: readonly string[] = [...TYPES.keys()]

/** The query node's name of the details, without "ProposalDetails". */
export const typeOf = ({ __typename }: ProposalDetails): string | undefined =>
  typeof __typename === 'string' ? __typename.replace(/ProposalDetails$/, '') : undefined

/** Such as "funding request". One that a later runtime adds is named after the query node's name. */
export function typeName(details: ProposalDetails): string | undefined {
  const type = typeOf(details)
  if (type === undefined) return undefined
  return TYPES.get(type)?.name ?? spelledOut(type)
}

/** Such as "5,000 JOY". */
export function mainAmount(details: ProposalDetails): string | undefined {
  const baseUnits = TYPES.get(typeOf(details) ?? '')?.amount?.(details)
  return baseUnits === undefined ? undefined : joy(baseUnits)
}

export const aspectsOf = (details: ProposalDetails): Aspect[] =>
  (TYPES.get(typeOf(details) ?? '')?.about?.(details) ?? []).filter((aspect) => aspect !== undefined)

/** The working group that a proposal is about, if any. */
export function groupIdOf({ group, opening, lead }: ProposalDetails): string | undefined {
  const id = entity(group).id ?? entity(opening).groupId ?? entity(lead).groupId
  return typeof id === 'string' && /^[a-z]{1,40}WorkingGroup\w{0,40}$/i.test(id) ? id : undefined
}

/** "SentBack" becomes "sent back". */
export const spelledOut = (name: string): string =>
  name
    .slice(0, 60)
    .replace(/(?<!^)[A-Z]/g, ' $&')
    .toLowerCase()

function entity(value: unknown): ProposalDetails {
  return typeof value === 'object' && value !== null ? (value as ProposalDetails) : {}
}

function baseUnits(value: unknown): string | undefined {
  return isAmount(value) ? value : undefined
}

/** Ids lead into links. */
export function isNumber(id: unknown): id is string {
  return typeof id === 'string' && /^\d{1,15}$/.test(id)
}

function destinationsOf({ destinationsList }: ProposalDetails) {
  const { destinations } = entity(destinationsList)
  return (Array.isArray(destinations) ? destinations : []).map(entity).flatMap(({ account, amount }) => {
    const units = baseUnits(amount)
    return typeof account === 'string' && units !== undefined ? [{ account, units }] : []
  })
}

function total(details: ProposalDetails): string | undefined {
  const all = destinationsOf(details)
  return all.length ? String(all.reduce((sum, { units }) => sum + BigInt(units), 0n)) : undefined
}

const MOST_RECEIVERS = 5

function receivers(details: ProposalDetails): MaybeAspect {
  const all = destinationsOf(details)
  const [only] = all
  if (!only) return undefined
  if (all.length === 1) return { label: 'To', text: shortAccount(only.account) }
  const named = all.slice(0, MOST_RECEIVERS).map(({ account, units }) => `${shortAccount(account)} (${joy(units)})`)
  const others = all.length - named.length
  return { label: 'To', text: [...named, ...(others ? [`${others} more`] : [])].join(', ') }
}

function amount(label: string, value: unknown): MaybeAspect {
  const units = baseUnits(value)
  return units === undefined ? undefined : { label, text: joy(units) }
}

function perMonth(label: string, value: unknown): MaybeAspect {
  const text = monthly(baseUnits(value))
  return text === undefined ? undefined : { label, text }
}

function count(label: string, value: unknown, unit = ''): MaybeAspect {
  return Number.isSafeInteger(value) ? { label, text: `${Number(value).toLocaleString('en-US')}${unit}` } : undefined
}

function choice(label: string, value: unknown, [yes, no]: [string, string]): MaybeAspect {
  return typeof value === 'boolean' ? { label, text: value ? yes : no } : undefined
}

function written(label: string, value: unknown): MaybeAspect {
  return typeof value === 'string' ? titled(label, excerptOf(value)) : undefined
}

function titled(label: string, value: unknown): MaybeAspect {
  return typeof value === 'string' && value.trim() ? { label, text: value } : undefined
}

function person(label: string, member: unknown): MaybeAspect {
  const { id, handle } = entity(member)
  return isNumber(id) && typeof handle === 'string' ? { label, text: handle, memberId: id } : undefined
}

function lead(details: ProposalDetails): MaybeAspect {
  return person('Lead', entity(details.lead).membership)
}

function group(details: ProposalDetails): MaybeAspect {
  const groupId = groupIdOf(details)
  return groupId === undefined ? undefined : { label: 'Group', text: nameOf(groupId) }
}

function vetoed(proposal: unknown): MaybeAspect {
  const { id, title } = entity(proposal)
  if (!isNumber(id) || typeof title !== 'string') return undefined
  return { label: 'Vetoes', text: title, proposalId: id }
}

import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import type { Chain, Proposal, ProposalInfo } from '../chain.ts'
import { decidingEnd, graceEnd } from '../deadlines/keys.ts'
import { type AnyEventDefinition, defineEvent, type EventMeta, everyone, members, watchersOf } from '../define.ts'
import { fact, facts } from '../facts.ts'
import { bob, carol, group, moment, proposal } from '../samples.ts'
import { type AboutData, aboutData, aboutFacts, inBrackets, isCreator, list, timeText } from './about.ts'
import { blockOfNews, decidingVotes, executesAbout, rationaleFact, rationalesOf, tallyOf, voteBy } from './info.ts'
import { type Concerned, concernedBy, groupRules, groupWords } from './people.ts'
import { groupIdOf, spelledOut } from './types.ts'

type Status = {
  /** The title is this, a colon and the proposal's title. */
  news: string
  /** What the news means. @param it "your proposal" or "the proposal" */
  summary: (it: string) => string
  /** What happens to the creator's stake. Source: the runtime's proposals engine, `calculate_slash_balance`. */
  stake?: string
  /** Whether the votes of the council led to it. */
  isVoted?: boolean
}

/** By the query node's name of the status. */
const STATUSES = new Map<string, Status>(
  Object.entries({
    ProposalStatusDeciding: {
      news: 'Up for decision again',
      summary: (it) => `An earlier council approved ${it}. The new council has to approve it too.`,
    },
    ProposalStatusGracing: {
      news: 'Approved',
      summary: (it) => `${sentence(it)} will be executed after its grace period.`,
      stake: 'returned in full',
      isVoted: true,
    },
    ProposalStatusDormant: {
      news: 'Approved by this council',
      summary: (it) => `${sentence(it)} now waits for the next council, which has to approve it too.`,
      stake: 'locked until the final decision',
      isVoted: true,
    },
    ProposalStatusVetoed: {
      news: 'Vetoed',
      summary: (it) => `${sentence(it)} will not be executed.`,
      stake: 'returned in full',
    },
    ProposalStatusSlashed: {
      news: 'Rejected and slashed',
      summary: (it) => `The council voted to reject ${it} and to slash its stake.`,
      stake: 'slashed',
      isVoted: true,
    },
    ProposalStatusRejected: {
      news: 'Rejected',
      summary: (it) => `The council did not approve ${it}.`,
      stake: 'returned, less the rejection fee',
      isVoted: true,
    },
    ProposalStatusExpired: {
      news: 'Expired',
      summary: (it) => `The council did not decide on ${it} in time.`,
      stake: 'returned, less the rejection fee',
      isVoted: true,
    },
    ProposalStatusCancelled: {
      news: 'Cancelled',
      summary: (it) => `The creator withdrew ${it}.`,
      stake: 'returned, less the cancellation fee',
    },
    ProposalStatusCanceledByRuntime: {
      news: 'Cancelled',
      summary: (it) => `A runtime upgrade ended ${it}.`,
      stake: 'returned in full',
    },
    ProposalStatusExecuted: {
      news: 'Executed',
      summary: (it) => `${sentence(it)} has taken effect.`,
      isVoted: true,
    },
    ProposalStatusExecutionFailed: {
      news: 'Execution failed',
      summary: (it) => `The council had approved ${it}.`,
    },
  } satisfies Record<string, Status>),
)

const sentence = (it: string) => `${it[0]?.toUpperCase()}${it.slice(1)}`

// For a status that a later runtime adds: "SentBack" becomes "Sent back".
const statusOf = (name: string): Status =>
  STATUSES.get(name) ?? {
    news: sentence(spelledOut(name.replace(/^ProposalStatus/, ''))) || 'New status',
    summary: (it) => `The status of ${it} has changed.`,
  }

type Row = { proposalId: string }
type Reported = { status: string; error?: string | undefined }
type Facts = Reported & { proposal: Proposal; info: ProposalInfo; concerned: Concerned; meta: EventMeta }
type Data = AboutData & {
  proposal: string
  proposalId: string
  status: string
  error?: string | null
  votes?: string | null
  rationales?: readonly string[]
  stake?: string | null
  voteBy?: string | null
  executesAbout?: string | null
}

/**
 * An event that reports the status of a proposal.
 * @param rank which event to send if several report the same: an approval raises a decision, a status update and
 *   sometimes the execution
 */
export function statusEvent<R extends Row>(
  type: string,
  rank: number,
  fields: TypedDocumentNode<R>,
  reported: (row: R) => Reported,
  sample: Reported & { info: ProposalInfo },
): AnyEventDefinition {
  return defineEvent<R, Facts, Data>({
    type,
    fields,

    async read(row, chain: Chain, meta) {
      const { status, error } = reported(row)
      const [proposal, info] = await Promise.all([chain.proposal(row.proposalId), chain.proposalInfo(row.proposalId)])
      const concerned = await concernedBy(info, ASKING.includes(status), chain)
      return { proposal, info, concerned, status, error, meta }
    },

    // Only the creator can cancel a proposal.
    actor: ({ proposal, status }) => (status === 'ProposalStatusCancelled' ? proposal.creatorId : undefined),
    entity: ({ proposal }) => proposal.id,
    rules: ({ proposal, info, status, concerned }) => [
      members('PROPOSAL_STATUS_CREATOR', [proposal.creatorId]),
      ...(status === DECIDING && (info.status ?? DECIDING) === DECIDING
        ? [members('PROPOSAL_DECIDING_COUNCILOR', concerned.council)]
        : []),
      ...(status === FAILED ? [members('PROPOSAL_EXECUTION_FAILED_COUNCILOR', concerned.council)] : []),
      ...groupRules(concerned),
      watchersOf('PROPOSAL_ENTITY_STATUS', proposal.id),
      everyone('PROPOSAL_STATUS_ALL'),
    ],
    fact: ({ proposal, info, status, meta }) => ({
      key: `proposal-status:${proposal.id}`,
      rank,
      block: blockOfNews(info, status, meta.block),
    }),

    data({ proposal, info, status, error, meta }) {
      const { stake = null, isVoted = false } = statusOf(status)
      const votes = isVoted ? decidingVotes(info, status, meta) : []
      return {
        ...aboutData(info),
        proposal: proposal.title,
        proposalId: proposal.id,
        status,
        error: error ?? null,
        votes: isVoted && (votes.length || info.councilApprovals !== undefined) ? tallyOf(votes) : null,
        rationales: rationalesOf(votes),
        stake: info.isStaked ? stake : null,
        voteBy: status === DECIDING ? voteBy(info, meta) : null,
        executesAbout: status === GRACING ? executesAbout(info, meta) : null,
      }
    },
    words(data, kind, reader) {
      const { proposal, proposalId, status } = data
      const { news, summary } = statusOf(status)
      const it = isCreator(data, kind, reader) ? 'your proposal' : 'the proposal'
      const until = () => timeText(data.voteBy, reader)
      const asks = kind === 'PROPOSAL_DECIDING_COUNCILOR' && status === DECIDING
      const end = asks ? until() : undefined
      return {
        title: end ? `Vote by ${end}: ${proposal}${inBrackets(data)}` : `${news}: ${proposal}`,
        summary: summary(it),
        facts: () =>
          facts(
            fact('Error', data.error),
            fact('Votes', data.votes),
            fact('Vote by', until()),
            fact('Executes about', timeText(data.executesAbout, reader)),
            ...aboutFacts(data, reader),
            fact('Stake', data.stake),
            rationaleFact(list(data.rationales)),
          ),
        path: `/#/proposals/preview/${proposalId}`,
        action: asks ? 'Vote on the proposal' : 'See the proposal',
        ...groupWords(data),
      }
    },
    deadline({ proposalId, status }, { block }) {
      if (status === DECIDING) return decidingEnd(proposalId, block)
      return status === GRACING ? graceEnd(proposalId, block) : undefined
    },

    sample: () => ({
      ...sample,
      proposal,
      concerned: {
        council: [bob.id],
        ...(groupIdOf(sample.info.details) && { group: { lead: [carol.id], workers: group.workers } }),
      },
      meta: moment,
    }),
  })
}

const DECIDING = 'ProposalStatusDeciding'
const GRACING = 'ProposalStatusGracing'
const FAILED = 'ProposalStatusExecutionFailed'
/** What the whole council is told. */
const ASKING = [DECIDING, FAILED]

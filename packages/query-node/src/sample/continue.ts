import type { ProposalDetails } from '../chain/proposals.ts'
import { groupIds } from '../chain/working-groups.ts'
import type { Sample } from './cast.ts'
import { openingTitles, postTexts, proposalTitles, rationales, threadTexts, threadTitles } from './words.ts'

/** Writes to one block and returns a sentence that describes it. */
type Scene = (sample: Sample) => string

const chaptersPerStage = 15

/** Adds a block to the sample chain and returns a sentence that describes it. */
export function continueSample(sample: Sample): string {
  const { chain, pending, random } = sample
  sample.chapter += 1
  return chain.block(() => {
    const scripted = script.get(sample.chapter)
    if (scripted) return scripted(sample)
    if (sample.chapter % chaptersPerStage === 0) return nextElectionStage(sample)
    const due = random.chance(0.4) ? pending.shift() : undefined
    return due ? due() : random.pick(scenes)(sample)
  })
}

/** How long the council has for the funding request of the first chapter. */
export const sampleVotingBlocks = 9

const ladder = 'A ladder for the upper shelves of the archive'

const ladderProposal = ({ proposals }: Sample) => {
  const proposal = proposals.find(({ title }) => title === ladder)
  if (!proposal) throw new Error('The ladder was not proposed')
  return proposal
}

/** The first chapters are the same for every seed: one councillor votes, the others are late. */
const script: ReadonlyMap<number, Scene> = new Map<number, Scene>([
  [
    1,
    ({ chain, members, proposals }) => {
      const by = members[6]
      if (!by) throw new Error('The sample has too few members')
      const details = {
        kind: 'FundingRequest',
        destinations: [{ amount: 120n * 10n ** 10n, account: by.address }],
      } as const
      const description = 'The records of 2021 are on it. Nobody has read them since.'
      proposals.push(chain.proposalCreated({ by, title: ladder, description, details }))
      return `${by.handle} proposes "${ladder}", which the council has a minute to decide on`
    },
  ],
  [
    2,
    (sample) => {
      const [, voter] = sample.council
      if (!voter) throw new Error('The sample has no council')
      const rationale = 'Somebody has to read them.'
      sample.chain.proposalVoted(ladderProposal(sample), { by: voter, kind: 'APPROVE', rationale })
      return `${voter.handle} votes APPROVE on "${ladder}"`
    },
  ],
  [
    sampleVotingBlocks + 1,
    (sample) => {
      sample.chain.proposalExpired(ladderProposal(sample))
      return `"${ladder}" expires: the council did not decide in time`
    },
  ],
])

const somebodyPosts: Scene = ({ chain, random, threads, members, posts }) => {
  const by = random.pick(members)
  const thread = random.pick(threads)
  const earlier = posts.filter((post) => post.threadId === thread.id)
  const repliesTo = earlier.length > 0 && random.chance(0.4) ? random.pick(earlier) : undefined
  const text = random.pick(postTexts)(random.pick(members.filter((member) => member !== by)))
  posts.push(chain.postAdded({ by, in: thread, text, repliesTo }))
  return `${by.handle} posts in "${thread.title}"`
}

const somebodyEdits: Scene = (sample) => {
  const { chain, random, posts, members } = sample
  const post = random.pick(posts)
  chain.postEdited(post, { text: random.pick(postTexts)(random.pick(members)) })
  return `Post ${post.id} is edited`
}

const somebodyOpensThread: Scene = ({ chain, random, members, categories, threads, chapter }) => {
  const by = random.pick(members)
  const title = `${random.pick(threadTitles)} (no. ${chapter})`
  threads.push(chain.threadCreated({ by, in: random.pick(categories), title, text: random.pick(threadTexts) }))
  return `${by.handle} opens "${title}"`
}

const somebodyProposes: Scene = (sample) => {
  const { chain, random, members, council, proposals, pending, chapter } = sample
  const by = random.pick(members)
  const title = `${random.pick(proposalTitles)} (no. ${chapter})`
  const details = random.pick(proposalDetails)(sample)
  const proposal = chain.proposalCreated({ by, title, description: random.pick(threadTexts), details })
  proposals.push(proposal)
  let isDecided = false
  // The next council rejects what this one has not decided.
  const whileOpen = (scene: () => string) => () =>
    isDecided || sample.council !== council ? random.pick(scenes)(sample) : scene()
  const votes = council.map((voter) => ({
    voter,
    kind: random.pick(['APPROVE', 'APPROVE', 'REJECT', 'ABSTAIN'] as const),
  }))
  for (const { voter, kind } of votes) {
    pending.push(
      whileOpen(() => {
        chain.proposalVoted(proposal, { by: voter, kind, rationale: random.pick(rationales) })
        return `${voter.handle} votes ${kind} on "${title}"`
      }),
    )
  }
  const end = random.pick([chain.proposalRejected, chain.proposalExpired, chain.proposalCancelled])
  const isApproved = 3 * votes.filter(({ kind }) => kind === 'APPROVE').length >= 2 * votes.length
  pending.push(
    whileOpen(() => {
      isDecided = true
      if (!isApproved) {
        end(proposal)
        return `The council does not approve "${title}"`
      }
      chain.proposalApproved(proposal)
      pending.push(() => {
        chain.proposalExecuted(proposal)
        return `"${title}" is carried out`
      })
      return `"${title}" is approved`
    }),
  )
  return `${by.handle} proposes "${title}"`
}

/** Amounts are in base units. */
const proposalDetails: readonly ((sample: Sample) => ProposalDetails | undefined)[] = [
  // A signal.
  () => undefined,
  ({ random, members }) => {
    const amount = BigInt(100 * (1 + random.below(100))) * 10n ** 10n
    return { kind: 'FundingRequest', destinations: [{ account: random.pick(members).address, amount }] }
  },
  ({ random }) => {
    const amount = BigInt(1_000 * (1 + random.below(50))) * 10n ** 10n
    return { kind: 'UpdateWorkingGroupBudget', group: random.pick(groupIds), amount }
  },
  ({ random }) => ({ kind: 'SetReferralCut', newReferralCut: 1 + random.below(20) }),
]

const somebodyDiscusses: Scene = ({ chain, random, members, proposals }) => {
  const by = random.pick(members)
  const proposal = random.pick(proposals)
  chain.discussionPostCreated({ by, on: proposal, text: random.pick(postTexts)(random.pick(members)) })
  return `${by.handle} discusses "${proposal.title}"`
}

const groupHires: Scene = ({ chain, random, members, workers, pending }) => {
  const group = random.pick(groupIds)
  const title = random.pick(openingTitles)
  const opening = chain.openingAdded({ group, title })
  const applicant = random.pick(members)
  pending.push(() => {
    const application = chain.appliedOnOpening({ by: applicant, to: opening })
    pending.push(() => {
      const hired = chain.openingFilled(opening, { hires: [application] })
      workers.push(...hired)
      return `${applicant.handle} is hired by ${group}`
    })
    return `${applicant.handle} applies to ${group}`
  })
  return `${group} has an opening: ${title}`
}

const groupSpends: Scene = ({ chain, random, members }) => {
  const group = random.pick(groupIds)
  const to = random.pick(members)
  const amount = BigInt(1 + random.below(500)) * 10n ** 10n
  chain.budgetSpent(group, { to, amount, rationale: 'Expenses, with receipts' })
  return `${group} pays ${to.handle}`
}

const scenes: readonly Scene[] = [
  somebodyPosts,
  somebodyPosts,
  somebodyPosts,
  somebodyPosts,
  somebodyEdits,
  somebodyOpensThread,
  somebodyProposes,
  somebodyDiscusses,
  somebodyDiscusses,
  groupHires,
  groupSpends,
]

const electionStages: readonly Scene[] = [
  ({ chain }) => {
    chain.announcingPeriodStarted()
    return 'The announcing stage of an election begins'
  },
  ({ chain, members }) => {
    chain.votingPeriodStarted({ candidates: members.slice(0, 5) })
    return 'The voting stage begins'
  },
  ({ chain }) => {
    chain.revealingStageStarted()
    return 'The revealing stage begins'
  },
  (sample) => {
    const first = sample.random.below(3)
    sample.council = sample.members.slice(first, first + 3)
    sample.chain.newCouncilElected({ members: sample.council })
    return `A new council: ${sample.council.map((member) => member.handle).join(', ')}`
  },
]

const nextElectionStage: Scene = (sample) => {
  const stage = electionStages[(sample.chapter / chaptersPerStage - 1) % electionStages.length]
  if (!stage) throw new Error('The election stages are empty')
  return stage(sample)
}

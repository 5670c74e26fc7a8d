import { type ChainOptions, createChain } from '../chain/chain.ts'
import { createRandom } from '../random.ts'
import { type Cast, enlist, type Sample } from './cast.ts'
import { mention, mentionRole } from './mentions.ts'

export type SampleOptions = ChainOptions & { seed?: number }

/** The number of blocks that `sampleChain` writes. */
export const sampleBlocks = 180

const JOY = 10n ** 10n

/**
 * Creates a chain of `sampleBlocks` blocks with eight members, a forum, proposals, working groups and an election. The
 * same seed and options give the same chain.
 */
export function sampleChain({ seed = 1, ...options }: SampleOptions = {}): Sample {
  const chain = createChain(options)
  const end = chain.head + sampleBlocks
  const cast = chain.block(() => enlist(chain))
  const sample: Sample = {
    chain,
    random: createRandom(seed),
    members: Object.values(cast),
    categories: [],
    threads: [],
    posts: [],
    proposals: [],
    workers: [],
    pending: [],
    council: [],
    chapter: 0,
  }
  openForum(sample)
  staffGroups(sample, cast)
  electCouncil(sample, cast)
  fillForum(sample, cast)
  makeProposals(sample, cast)
  runStorageGroup(sample, cast)
  chain.emptyBlocks(end - chain.head)
  return sample
}

function openForum({ chain, categories }: Sample): void {
  const general = chain.categoryCreated('General', { description: 'Everything that has no better place yet' })
  const governance = chain.categoryCreated('Governance', { description: 'How we decide' })
  const elections = chain.categoryCreated('Elections', { parent: governance })
  const groups = chain.categoryCreated('Working groups', { description: 'Reports, openings, budgets' })
  const storage = chain.categoryCreated('Storage', { parent: groups })
  const incidents = chain.categoryCreated('Incidents', { parent: storage, description: 'What broke, and why' })
  chain.commitBlock()
  categories.push(general, governance, elections, groups, storage, incidents)
}

function staffGroups({ chain, workers }: Sample, { alice, bob, carla, hana }: Cast): void {
  const hire = (...args: Parameters<typeof chain.workerHired>) =>
    workers.push(chain.block(() => chain.workerHired(...args)))
  hire({ member: alice, group: 'forumWorkingGroup', asLead: true })
  hire({ member: bob, group: 'storageWorkingGroup', asLead: true })
  hire({ member: hana, group: 'operationsWorkingGroupAlpha', asLead: true })
  hire({ member: carla, group: 'forumWorkingGroup' })
  chain.emptyBlocks(12)
}

function electCouncil(sample: Sample, { carla, dmitri, esther, fumiko }: Cast): void {
  const { chain } = sample
  chain.block(() => chain.votingPeriodStarted({ candidates: [carla, dmitri, esther, fumiko] }))
  chain.emptyBlocks(20)
  chain.block(() => chain.revealingStageStarted())
  chain.emptyBlocks(20)
  sample.council = [dmitri, esther, fumiko]
  chain.block(() => chain.newCouncilElected({ members: sample.council }))
  chain.emptyBlocks(15)
}

function fillForum({ chain, categories, threads, posts }: Sample, cast: Cast): void {
  const { alice, bob, carla, dmitri, esther, fumiko, gaspard } = cast
  const [general, governance, , , , incidents] = categories
  if (!general || !governance || !incidents) throw new Error('The forum has no categories yet')
  const open = (...args: Parameters<typeof chain.threadCreated>) => {
    const thread = chain.block(() => chain.threadCreated(...args))
    threads.push(thread)
    return thread
  }
  const say = (...args: Parameters<typeof chain.postAdded>) => {
    const post = chain.block(() => chain.postAdded(...args))
    posts.push(post)
    return post
  }

  const welcome = open({
    by: alice,
    in: general,
    title: 'Welcome! Introduce yourself 👋',
    text: 'Tell us who you are, what you would like to do here, and how you take your coffee.',
  })
  const hello = say({
    by: gaspard,
    in: welcome,
    text: `Hello all, I am Gaspard. ${mention(bob)} talked me into this. I take it black.`,
  })
  say({ by: bob, in: welcome, repliesTo: hello, text: 'I only said that the forum was *quiet*. Welcome!' })
  chain.emptyBlocks(8)

  const incident = open({
    by: bob,
    in: incidents,
    title: 'Bucket 7 was unreachable for forty minutes',
    text: 'The node was fine. The cleaner unplugged it to plug in the vacuum. A label has been attached to the plug.',
  })
  const question = say({
    by: esther,
    in: incident,
    text: `Is there a second label, in case the first one falls off? ${mentionRole('workers_storageWorkingGroup', 'Storage workers')}, please tell.`,
  })
  say({ by: bob, in: incident, repliesTo: question, text: 'There is now. It says "see the other label".' })
  chain.emptyBlocks(8)

  const title = 'Please stop putting <script>alert("tea")</script> into thread titles'
  const titles = open({
    by: carla,
    in: governance,
    title,
    text: 'It does nothing. It never did. It only makes the list look untidy.',
  })
  const reply = say({ by: dmitri, in: titles, text: 'For the record: I was **testing**.' })
  say({ by: fumiko, in: titles, repliesTo: reply, text: 'You were testing at three in the morning, for six days.' })
  const edited = say({ by: gaspard, in: titles, text: 'I tried to do this from my phone and mentioned nobody.' })
  chain.block(() => chain.postEdited(edited, { text: `I tried to do this from my phone. Sorry, ${mention(carla)}.` }))
  const rude = chain.block(() => chain.postAdded({ by: dmitri, in: titles, text: 'Tea is overrated.' }))
  chain.block(() => chain.postModerated(rude))
  chain.emptyBlocks(10)
}

function makeProposals(sample: Sample, { carla, dmitri, esther, fumiko, gaspard, hana }: Cast): void {
  const { chain, proposals } = sample
  const make = (...args: Parameters<typeof chain.proposalCreated>) => {
    const proposal = chain.block(() => chain.proposalCreated(...args))
    proposals.push(proposal)
    chain.emptyBlocks(5)
    return proposal
  }
  const subtitles = make({
    by: fumiko,
    title: 'Fund subtitles for the council recordings',
    description: 'Three languages, twelve recordings, one very patient translator.',
  })
  const doubt = chain.block(() =>
    chain.discussionPostCreated({ by: gaspard, on: subtitles, text: 'Does the translator know how long they are?' }),
  )
  chain.block(() =>
    chain.discussionPostCreated({
      by: fumiko,
      on: subtitles,
      repliesTo: doubt,
      text: `She asked for hazard pay. ${mentionRole('council', 'Council')}, the appendix has the figures.`,
    }),
  )
  chain.block(() => chain.proposalVoted(subtitles, { by: esther, kind: 'APPROVE', rationale: 'The appendix is good.' }))
  chain.block(() =>
    chain.proposalVoted(subtitles, { by: dmitri, kind: 'APPROVE', rationale: 'I will finally know what was said.' }),
  )
  chain.block(() => chain.proposalApproved(subtitles))
  chain.emptyBlocks(10)
  chain.block(() => chain.proposalExecuted(subtitles))

  const validators = make({
    by: hana,
    title: 'Raise the number of validators to 120',
    description: 'There is a waiting list, and it has begun to hold meetings.',
    details: { kind: 'SetMaxValidatorCount', newMaxValidatorCount: 120 },
  })
  chain.block(() => chain.proposalVoted(validators, { by: dmitri, kind: 'ABSTAIN', rationale: 'I am on the list.' }))
  chain.block(() => chain.proposalVoted(validators, { by: esther, kind: 'REJECT', rationale: 'No appendix.' }))
  chain.block(() => chain.proposalRejected(validators))

  make({
    by: carla,
    title: 'A quarterly report that fits on one page',
    description: 'The last one had a table of contents for its tables of contents.',
  })
}

function runStorageGroup({ chain, workers }: Sample, { bob, carla, gaspard, hana }: Cast): void {
  chain.block(() => chain.budgetSet('storageWorkingGroup', { to: 250_000n * JOY }))
  const opening = chain.block(() =>
    chain.openingAdded({
      group: 'storageWorkingGroup',
      title: 'Storage operator, night shift',
      description: 'You keep the buckets reachable while Dmitri votes.',
    }),
  )
  chain.emptyBlocks(6)
  const application = chain.block(() => chain.appliedOnOpening({ by: gaspard, to: opening }))
  chain.block(() => chain.appliedOnOpening({ by: hana, to: opening }))
  chain.emptyBlocks(6)
  workers.push(...chain.block(() => chain.openingFilled(opening, { hires: [application] })))
  chain.block(() => chain.budgetSpent('storageWorkingGroup', { to: bob, amount: 12n * JOY, rationale: 'Labels' }))
  chain.block(() => chain.budgetUpdated('forumWorkingGroup', { by: 40_000n * JOY }))
  const leaver = workers.find((worker) => worker.member === carla)
  if (leaver) chain.block(() => chain.workerStartedLeaving(leaver, { rationale: 'The spreadsheets need me.' }))
}

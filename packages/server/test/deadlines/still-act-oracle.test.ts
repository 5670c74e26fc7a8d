import fc from 'fast-check'
import type { Member } from 'query-node'
import { expect, test } from 'vitest'
import { createWallet, walletOf, watches } from '../support/accounts.ts'
import { stories } from '../support/story.ts'
import { clockStory } from './clock-story.ts'

const createStory = stories()

/** Accounts that are no member's controller, unless a membership says so. */
const POOL = [createWallet('cold'), createWallet('ledger', 'ed25519'), createWallet('phone', 'ecdsa')]
/** The query node gives addresses of either prefix. */
const prefix = fc.constantFrom(126, 42)
const MEMBERS = 4
/** Of all accounts: those of the members come first. */
const account = fc.nat({ max: MEMBERS + POOL.length - 1 })
const pooled = fc.nat({ max: POOL.length - 1 })

const world = fc.record({
  people: fc.array(
    fc.record({
      root: fc.option(pooled, { nil: undefined }),
      bound: fc.uniqueArray(pooled, { maxLength: 2 }),
      watched: fc.uniqueArray(account, { maxLength: 2 }),
      prefix,
      isCouncillor: fc.boolean(),
      hasDecided: fc.boolean(),
    }),
    { minLength: MEMBERS, maxLength: MEMBERS },
  ),
  votes: fc.array(fc.record({ by: account, prefix, isRevealed: fc.boolean() }), { maxLength: 6 }),
})
type World = typeof world extends fc.Arbitrary<infer T> ? T : never

/** Who can still act and has not, told plainly. */
function expected({ people, votes }: World): string[] {
  return people.flatMap(({ root, bound, watched, isCouncillor, hasDecided }, n) => {
    const named = [n, ...[root, ...bound].flatMap((index) => (index === undefined ? [] : MEMBERS + index))]
    const own = votes.filter(({ by }) => named.includes(by) || watched.includes(by))
    return [
      ...(isCouncillor && !hasDecided ? [`member${n}: PROPOSAL_VOTE_LAST_DAY`] : []),
      ...(own.length ? [] : [`member${n}: ELECTION_VOTING_LAST_DAY`]),
      ...(own.some(({ isRevealed }) => !isRevealed) ? [`member${n}: ELECTION_REVEALING_LAST_DAY`] : []),
    ]
  })
}

async function reminded({ people, votes }: World): Promise<string[]> {
  const { story, chain, passes, looks } = await clockStory(createStory)
  const members: Member[] = []
  for (const [n, { root, bound, prefix }] of people.entries()) {
    const name = `member${n}`
    const addressOf = (index: number) => POOL[index]?.address(prefix) ?? ''
    const member = chain.memberJoins(name, { boundAccounts: bound.map(addressOf) })
    await story.db.member.create({ data: { id: Number(member.id), name, email: `${name}@example.org` } })
    if (root !== undefined) chain.memberAccountsUpdated(member, { rootAccount: addressOf(root) })
    members.push(member)
  }
  const accounts = [...members.map(walletOf), ...POOL]
  for (const [n, { watched }] of people.entries()) {
    const member = members[n]
    for (const index of watched) if (member && accounts[index]) await watches(story, member, accounts[index])
  }
  const author = story.stranger('author')
  const candidate = story.stranger('candidate')
  chain.newCouncilElected({ members: members.filter((_, n) => people[n]?.isCouncillor) })
  await story.begins()

  chain.votingPeriodStarted({ candidates: [candidate] })
  const proposal = chain.proposalCreated({ by: author, title: 'Plants', description: 'Water them.' })
  for (const [n, { isCouncillor, hasDecided }] of people.entries()) {
    const by = members[n]
    if (by && isCouncillor && hasDecided) chain.proposalVoted(proposal, { by, kind: 'APPROVE' })
  }
  const cast = votes.map(({ by, prefix, isRevealed }) => ({
    isRevealed,
    id: chain.voteCast(accounts[by]?.address(prefix) ?? ''),
  }))
  await story.notify()
  // Of the proposal, which has three days, and then of the stage, which has four.
  for (const hours of [49, 24]) {
    passes(hours)
    await looks()
  }

  chain.revealingStageStarted()
  await story.notify()
  for (const { id, isRevealed } of cast) if (isRevealed) chain.voteRevealed(id, candidate)
  chain.commitBlock()
  passes(73)
  await looks()
  const rows = await story.db.notification.findMany({ include: { member: true } })
  return rows.flatMap(({ kind, member }) => (kind.endsWith('_LAST_DAY') ? `${member.name}: ${kind}` : []))
}

test('those are reminded who can still act and have not, whatever accounts they have', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (generated) => {
      expect((await reminded(generated)).toSorted()).toEqual(expected(generated).toSorted())
    }),
    { numRuns: 15 },
  )
})

import { expect, test } from 'vitest'
import { lookUps } from '../../src/chain/look-ups.ts'
import { standing } from '../../src/chain/standing.ts'
import { storedFacts } from '../../src/notifier/stored.ts'
import { createWallet, type Wallet } from '../support/accounts.ts'
import { stories } from '../support/story.ts'
import { people } from './people.ts'

const createStory = stories()
const STARTED = 'ELECTION_REVEALING_STARTED'
const VOTER = 'ELECTION_REVEALING_VOTER'

test('the votes of one account count together, whatever addresses the query node gives', async () => {
  const story = await createStory()
  const { chain } = story
  const candidate = story.stranger('colin')
  chain.votingPeriodStarted({ candidates: [candidate] })
  const [first, second] = [createWallet('first'), createWallet('second')]
  const reveal = (vote: string) => chain.voteRevealed(vote, candidate)
  reveal(chain.voteCast(first.address(126)))
  chain.voteCast(first.address(42))
  chain.voteCast(second.address(126))
  reveal(chain.voteCast(second.address(42)))
  for (const prefix of [126, 42]) reveal(chain.voteCast(createWallet('third').address(prefix)))
  chain.commitBlock()
  const votes = await lookUps(
    story.deps.queryNode,
    standing(story.deps.queryNode),
    storedFacts(story.pool),
    [],
  ).voters()
  expect(votes.map(({ account, isRevealed }) => [account, isRevealed])).toEqual([
    [first.key, false],
    [second.key, false],
    [createWallet('third').key, true],
  ])
})

test.each([
  [126, 42],
  [42, 126],
  [0, 42],
  [0, 126],
])('a vote by an address of prefix %i is of the members whose accounts are written with %i', async (cast, written) => {
  const story = await createStory()
  const { chain } = story
  chain.votingPeriodStarted({ candidates: [] })
  const { ann, ben } = await people(story, 'ann', 'ben', 'zoe')
  const wallets = ['controller', 'root', 'bound'].map((name) => createWallet(name)) as [Wallet, Wallet, Wallet]
  chain.memberAccountsUpdated(ann, { controllerAccount: wallets[0].address(written) })
  chain.memberAccountsUpdated(ben, { rootAccount: wallets[1].address(written) })
  const cleo = chain.memberJoins('cleo', { boundAccounts: [wallets[2].address(written)] })
  await story.db.member.create({ data: { id: Number(cleo.id), name: 'cleo' } })
  await story.begins()
  for (const wallet of wallets) chain.voteCast(wallet.address(cast))
  chain.revealingStageStarted()
  await story.notify()
  expect((await story.told()).map((told) => told.replace('undefined', 'cleo')).sort()).toEqual([
    `ann: ${VOTER}`,
    `ben: ${VOTER}`,
    `cleo: ${VOTER}`,
    `zoe: ${STARTED}`,
  ])
  // Spending to one of them is told of its member, too.
  const chainNow = lookUps(story.deps.queryNode, standing(story.deps.queryNode), storedFacts(story.pool), [])
  const receivers = await Promise.all(wallets.map((wallet) => chainNow.memberOfAccount(wallet.address(cast))))
  expect(receivers.map((receiver) => receiver?.id)).toEqual([ann.id, ben.id, cleo.id])
  expect(await chainNow.memberOfAccount(createWallet('stranger').address(cast))).toBeUndefined()
})

import { expect, test } from 'vitest'
import { lookUps } from '../../src/chain/look-ups.ts'
import { standing } from '../../src/chain/standing.ts'
import { understand } from '../../src/notifier/audience/understand.ts'
import { createWallet, KEY_TYPES, type Wallet, watches } from '../support/accounts.ts'
import { stories } from '../support/story.ts'
import { people } from './people.ts'

const createStory = stories()
const STARTED = 'ELECTION_REVEALING_STARTED'
const VOTER = 'ELECTION_REVEALING_VOTER'
const storedNothing = { authors: async () => [], watchers: async () => new Map() }

/** An election in its voting stage. */
async function voting() {
  const story = await createStory()
  story.chain.votingPeriodStarted({ candidates: [] })
  return { story, chain: story.chain }
}

test('who watches an account that voted is told as a voter, whatever key and address it has', async () => {
  const { story, chain } = await voting()
  const { ann, ben, cleo, dora } = await people(story, 'ann', 'ben', 'cleo', 'dora')
  const wallets = new Map(KEY_TYPES.map((type) => [type, createWallet('wallet', type)]))
  const [sr25519, ed25519, ecdsa] = KEY_TYPES.map((type) => wallets.get(type) as Wallet) as [Wallet, Wallet, Wallet]
  await watches(story, ann, sr25519, 'cold wallet')
  await watches(story, ben, ed25519, 'ledger')
  await watches(story, cleo, ecdsa, 'phone')
  // An account that has not voted.
  for (const member of [ann, dora]) await watches(story, member, createWallet('silent'), 'silent')
  await story.begins()
  chain.voteCast(sr25519.address(126))
  chain.voteCast(ed25519.address(42))
  chain.voteCast(ecdsa.address(0))
  chain.revealingStageStarted()
  await story.notify()
  expect(await story.told()).toEqual([`ann: ${VOTER}`, `ben: ${VOTER}`, `cleo: ${VOTER}`, `dora: ${STARTED}`])
})

test('where nobody has voted, no account is looked up; where some have, all are at once', async () => {
  const { story, chain } = await voting()
  const asked: (readonly string[])[] = []
  const stored = {
    ...storedNothing,
    watchers: async (accounts: readonly string[]) => {
      asked.push(accounts)
      return new Map<string, string[]>()
    },
  }
  const read = () => lookUps(story.deps.queryNode, standing(story.deps.queryNode), stored, []).voters()
  chain.commitBlock()
  expect(await read()).toEqual([])
  expect(asked).toEqual([])
  const wallets = [createWallet('one'), createWallet('two')]
  for (const wallet of wallets) chain.voteCast(wallet.address(126))
  chain.commitBlock()
  await read()
  expect(asked).toEqual([wallets.map(({ key }) => key)])
})

test('while the database does not answer, the event is not at fault', async () => {
  const { story, chain } = await voting()
  chain.voteCast(createWallet('one').address(126))
  const { id } = chain.revealingStageStarted()
  chain.commitBlock()
  const failure = new Error('the database is down')
  const stored = { ...storedNothing, watchers: () => Promise.reject(failure) }
  const look = lookUps(story.deps.queryNode, standing(story.deps.queryNode), stored, [])
  const event = { id, type: 'RevealingStageStarted', block: chain.head, indexInBlock: 0, time: new Date(), row: {} }
  await expect(understand([event], look)).rejects.toBe(failure)
})

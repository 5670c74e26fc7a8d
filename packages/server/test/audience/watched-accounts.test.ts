import type { Member } from 'query-node'
import { expect, test } from 'vitest'
import { lookUps } from '../../src/chain/look-ups.ts'
import { standing } from '../../src/chain/standing.ts'
import { loadNotified } from '../../src/emails/notified.ts'
import type { Voter } from '../../src/events/chain.ts'
import { votesData } from '../../src/events/council/votes.ts'
import { readInbox } from '../../src/inbox/read.ts'
import { eventsWithId } from '../../src/inbox/why/facts.ts'
import { understand } from '../../src/notifier/audience/understand.ts'
import { createWallet, KEY_TYPES, type Wallet, watches } from '../support/accounts.ts'
import { serveApi } from '../support/api.ts'
import { watch } from '../support/live.ts'
import { stories } from '../support/story.ts'
import { people } from './people.ts'

const createStory = stories()
const STARTED = 'ELECTION_REVEALING_STARTED'
const VOTER = 'ELECTION_REVEALING_VOTER'
const storedNothing = { authors: async () => [], watchers: async () => new Map() }
const TITLES = '{ notifications { title facts { label value } } }'

/** An election in its voting stage. */
async function voting(options?: Parameters<typeof createStory>[0]) {
  const story = await createStory(options)
  const { chain } = story
  const candidates: [Member, Member] = [story.stranger('colin'), story.stranger('cora')]
  chain.votingPeriodStarted({ candidates })
  /** What each member reads in their email of the revealing stage. */
  const subjects = () =>
    Object.fromEntries(
      story.sent
        .filter(({ subject }) => /reveal/i.test(subject))
        .map(({ to, subject }) => [
          to.replace('@example.org', ''),
          subject.replace(/ by \w{3} .* UTC,/, ' by <time>,'),
        ]),
    )
  return { story, chain, candidates, subjects }
}

test('who watches an account that voted is told as a voter, by its label, whatever key and address it has', async () => {
  const { story, chain, subjects } = await voting()
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
  expect(subjects()).toEqual({
    ann: 'Reveal your vote with “cold wallet” by <time>, or it does not count',
    ben: 'Reveal your vote with “ledger” by <time>, or it does not count',
    cleo: 'Reveal your vote with “phone” by <time>, or it does not count',
    dora: 'If you voted: reveal by <time>, or your vote does not count',
  })
})

test('each reads their own label of an account, and who watches another way of voting reads of all their votes', async () => {
  const { story, chain, subjects } = await voting()
  const { ann, ben, cleo, dora } = await people(story, 'ann', 'ben', 'cleo', 'dora', 'zoe')
  const wallets = ['one', 'two', 'three'].map((name) => createWallet(name)) as [Wallet, Wallet, Wallet]
  await watches(story, ann, wallets[0], 'mine')
  await watches(story, ben, wallets[0], 'our box')
  await watches(story, ben, wallets[1], 'ledger')
  for (const [n, wallet] of wallets.entries()) await watches(story, cleo, wallet, `wallet ${n + 1}`)
  await watches(story, dora, wallets[2], 'savings')
  await story.begins()
  for (const wallet of wallets) chain.voteCast(wallet.address(126))
  chain.voteCast(dora.address)
  chain.revealingStageStarted()
  await story.notify()
  expect(subjects()).toEqual({
    ann: 'Reveal your vote with “mine” by <time>, or it does not count',
    ben: 'Reveal your votes with “our box” and another account by <time>, or they do not count',
    cleo: 'Reveal your votes with “wallet 1” and 2 others by <time>, or they do not count',
    dora: 'Reveal your votes with “savings” and other accounts by <time>, or they do not count',
    zoe: 'If you voted: reveal by <time>, or your vote does not count',
  })
  const textTo = (name: string) => story.sent.find(({ to, text }) => to.startsWith(name) && /reveal/i.test(text))?.text
  expect(textTo('ann')).not.toContain('Accounts that voted')
  expect(textTo('ben')).toContain('Accounts that voted: “our box”, “ledger”\n')
  expect(textTo('cleo')).toContain('Accounts that voted: “wallet 1”, “wallet 2”, “wallet 3”\n')
  expect(textTo('dora')).toContain('Accounts that voted: “savings”, accounts of your membership\n')
  expect(textTo('ann')).not.toMatch(/box|ledger|wallet|savings/)
  expect(textTo('zoe')).not.toMatch(/mine|box|ledger|wallet|savings/)
})

test('a voter who wants no such reminder is told as everybody is, without labels', async () => {
  const { story, chain, subjects } = await voting()
  const { ann } = await people(story, 'ann')
  await story.refuses(ann, VOTER)
  const wallets = [createWallet('one'), createWallet('two')]
  for (const wallet of wallets) await watches(story, ann, wallet)
  await story.begins()
  for (const wallet of wallets) chain.voteCast(wallet.address(126))
  chain.revealingStageStarted()
  await story.notify()
  expect(subjects()).toEqual({ ann: 'If you voted: reveal by <time>, or your vote does not count' })
  expect(story.sent[0]?.text).not.toContain('cold wallet')
})

test('accounts that an event names are stored with it, and read with no notification', async () => {
  const { story, chain } = await voting()
  const { ann, zoe } = await people(story, 'ann', 'zoe')
  const wallet = createWallet('cold')
  await watches(story, ann, wallet)
  await story.begins()
  for (const address of [wallet.address(126), zoe.address]) chain.voteCast(address)
  chain.revealingStageStarted()
  await story.notify()
  const { data } = await story.db.event.findFirstOrThrow({ where: { type: 'RevealingStageStarted' } })
  const { accounts, withOtherVotes, ...told } = Object(data)
  expect([accounts, withOtherVotes]).toEqual([[wallet.key], []])
  const reader = { id: Number(ann.id), timeZone: 'UTC', watchesAccounts: true }
  const inbox = await readInbox(story.deps, reader, {}, { limit: 10, withOutcome: false })
  const emails = await loadNotified(story.pool, await story.db.email.findMany(), {})
  const [event] = await eventsWithId(story.pool, inbox[0]?.eventId ?? '')
  const read = [...inbox, ...emails, event] as { data: object; votes?: object }[]
  expect(read.map((row) => row.data)).toEqual(Array(4).fill(told))
  const hers = { labels: ['cold wallet'], hasOthers: false }
  expect(read.map(({ votes }) => votes)).toEqual([hers, hers, null, undefined])
})

test('a member who watches an account of their own membership reads of one vote', async () => {
  const { story, chain, subjects } = await voting()
  const { ann } = await people(story, 'ann')
  const wallet = createWallet('own')
  chain.memberAccountsUpdated(ann, { rootAccount: wallet.address(126) })
  await watches(story, ann, wallet, 'my root')
  await story.begins()
  chain.voteCast(wallet.address(126))
  chain.revealingStageStarted()
  await story.notify()
  expect(await story.told()).toEqual([`ann: ${VOTER}`])
  expect(subjects()).toEqual({ ann: 'Reveal your vote with “my root” by <time>, or it does not count' })
})

test('the inbox, the live stream, the explanation and the digest name the label, and nobody reads the account', async () => {
  const { story, chain } = await voting()
  const { ann, zoe } = await people(story, 'ann', 'zoe')
  for (const { id } of [ann, zoe])
    await story.db.member.update({
      where: { id: Number(id) },
      data: { emailFrequency: 'DAILY', urgentImmediately: false },
    })
  const wallet = createWallet('cold')
  await watches(story, ann, wallet)
  await story.begins()
  const api = await serveApi(story)
  const [hers, other] = [await watch(api.url, api.tokenOf(ann), 0), await watch(api.url, api.tokenOf(zoe), 0)]
  chain.voteCast(wallet.address(126))
  const { id: eventId } = chain.revealingStageStarted()
  await story.notify()
  const named = /^Reveal your vote with “cold wallet” by /
  const title = async (member: Member) => {
    const { notifications } = await api.data(TITLES, {}, api.tokenOf(member))
    return (notifications as { title: string }[])[0]?.title
  }
  const why = async (member: Member) => {
    const EXPLAIN = 'query ($eventId: String!) { explain(eventId: $eventId) { title outcome steps { label text } } }'
    const { explain } = await api.data(EXPLAIN, { eventId }, api.tokenOf(member))
    return JSON.stringify(explain)
  }
  expect([await title(ann), (await hers.take(1))[0]?.title]).toEqual([
    expect.stringMatching(named),
    expect.stringMatching(named),
  ])
  expect(await why(ann)).toContain('Reveal your vote with “cold wallet” by ')
  for (const text of [await title(zoe), (await other.take(1))[0]?.title, await why(zoe)]) {
    expect(text).not.toMatch(/cold|0x/)
  }
  await story.db.email.updateMany({ data: { sendAt: new Date() } })
  await story.notify()
  const digests = Object.fromEntries(story.sent.map(({ to, text }) => [to, text]))
  expect(digests['ann@example.org']).toContain('Reveal your vote with “cold wallet” by ')
  expect(digests['zoe@example.org']).not.toContain('cold')
  for (const said of [...Object.values(digests), await why(ann), await title(ann)]) {
    expect(said).not.toContain(wallet.key)
  }

  // What is not watched any more has no label.
  await story.db.watchedAccount.deleteMany()
  expect(await title(ann)).toMatch(/^Reveal your vote by /)
})

test('a label is text in an email, and no link', async () => {
  const { story, chain } = await voting()
  const { ann } = await people(story, 'ann')
  const wallet = createWallet('cold')
  await watches(story, ann, wallet, '<b>https://evil.com</b> %recipient%')
  await story.begins()
  chain.voteCast(wallet.address(126))
  chain.revealingStageStarted()
  await story.notify()
  const [email] = story.sent.filter(({ subject }) => subject.startsWith('Reveal'))
  for (const part of [email?.subject, email?.text, email?.html]) {
    expect(part).toContain('evil')
    expect(part).not.toMatch(/https:\/\/evil|evil\.com|%recipient%/)
  }
  expect(email?.html).not.toContain('<b>https')
})

test('the time stays in the subject, however long labels are', async () => {
  const { story, chain } = await voting()
  const { ann } = await people(story, 'ann')
  const zone = { data: { timeZone: 'Asia/Kolkata' }, where: { id: Number(ann.id) } }
  await story.db.member.update(zone)
  const wallets = Array.from({ length: 3 }, (_, n) => createWallet(`long ${n}`))
  for (const wallet of wallets) await watches(story, ann, wallet, '👩‍🚀'.repeat(20))
  await story.begins()
  for (const wallet of wallets) chain.voteCast(wallet.address(126))
  chain.revealingStageStarted()
  await story.notify()
  expect(story.sent.at(-1)?.subject).toMatch(
    /^Reveal your votes with “👩‍🚀+.*…” and 2 others by .* GMT\+5:30, or they do not count$/u,
  )
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

test('the data of an event has a bound, and names no account as the only one whose others it cannot tell', () => {
  const vote = (n: number, { watchers = [], owners = [] }: { watchers?: string[]; owners?: string[] }): Voter => ({
    account: `0x${n}`,
    memberIds: [...owners, ...watchers],
    watcherIds: watchers,
    isRevealed: false,
  })
  const many = Array.from({ length: 600 }, (_, n) => vote(n, { watchers: ['1', `${1_000 + n}`] }))
  const data = votesData([...many, vote(700, { owners: ['2'] })])
  expect(data.accounts).toEqual(many.slice(0, 500).map(({ account }) => account))
  // Member 1 watches accounts that are left out, too.
  expect(data.withOtherVotes).toEqual(['1'])
  const crowd = Array.from({ length: 2_001 }, (_, n) => `${n}`)
  const crowded = [vote(1, { watchers: crowd }), vote(2, { owners: crowd })]
  expect(votesData(crowded)).toEqual({ accounts: [], withOtherVotes: [] })
  expect(votesData([vote(1, { owners: ['1'] })])).toEqual({ accounts: [], withOtherVotes: [] })
})

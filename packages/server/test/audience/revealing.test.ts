import { readFileSync } from 'node:fs'
import type { Member } from 'query-node'
import { expect, test } from 'vitest'
import { explainEvent } from '../../src/inbox/why/explain.ts'
import { stories } from '../support/story.ts'
import { people, toldNow } from './people.ts'

const createStory = stories()
const STARTED = 'ELECTION_REVEALING_STARTED'
const VOTER = 'ELECTION_REVEALING_VOTER'
const migration = new URL('../../prisma/migrations/20261202030000_revealing_voter_kind/migration.sql', import.meta.url)

/** An election between two strangers, in its voting stage. */
async function voting(options?: Parameters<typeof createStory>[0]) {
  const story = await createStory(options)
  const { chain } = story
  const candidates: [Member, Member] = [story.stranger('colin'), story.stranger('cora')]
  chain.votingPeriodStarted({ candidates })
  return { story, chain, candidates }
}

test('who voted by any of their accounts is told as a voter, and everybody else as well', async () => {
  const { story, chain, candidates } = await voting()
  const { ann, ben, cleo, dora } = await people(story, 'ann', 'ben', 'cleo', 'dora', 'zoe')
  const [mine, root, bound] = [story.stranger('x'), story.stranger('y'), story.stranger('z')].map((one) => one.address)
  chain.memberAccountsUpdated(ann, { controllerAccount: mine })
  chain.memberAccountsUpdated(ben, { rootAccount: root })
  const eve = chain.memberJoins('eve', { boundAccounts: [String(bound)] })
  await story.db.member.create({ data: { id: Number(eve.id), name: 'eve', email: 'eve@example.org' } })
  await story.begins()
  for (const account of [mine, root, bound, cleo.address, cleo.address, 'not an account'])
    chain.voteCast(String(account))
  chain.voteRevealed(chain.voteCast(dora.address), candidates[0])
  chain.revealingStageStarted()
  story.node.requests.reset()
  await story.notify()
  expect((await story.told()).map((told) => told.replace('undefined', 'eve')).sort()).toEqual([
    `ann: ${VOTER}`,
    `ben: ${VOTER}`,
    `cleo: ${VOTER}`,
    `dora: ${VOTER}`,
    `eve: ${VOTER}`,
    `zoe: ${STARTED}`,
  ])
  const asked = story.node.requests.log.map(({ operationName }) => operationName)
  expect(asked.filter((name) => name === 'CurrentVotes' || name === 'MembersOfAccounts')).toEqual([
    'CurrentVotes',
    'MembersOfAccounts',
  ])
  const subjects = new Map(story.sent.map(({ to, subject }) => [to, subject]))
  expect(subjects.get('ann@example.org')).toMatch(/^Reveal your vote by \w{3} .* UTC, or it does not count$/)
  expect(subjects.get('zoe@example.org')).toMatch(/^If you voted: reveal by .*, or your vote does not count$/)
})

test('no other event asks who voted', async () => {
  const { story, chain } = await voting()
  await people(story, 'ann')
  await story.begins()
  story.node.requests.reset()
  chain.newCouncilNotElected()
  await story.notify()
  expect(story.node.requests.log.map(({ operationName }) => operationName)).not.toContain('CurrentVotes')
})

test('a voter who wants no such reminder is told as everybody is, unless they want that neither', async () => {
  const { story, chain } = await voting()
  const { ann, ben } = await people(story, 'ann', 'ben')
  await story.begins()
  for (const member of [ann, ben]) {
    chain.voteCast(member.address)
    await story.refuses(member, VOTER)
  }
  await story.refuses(ben, STARTED)
  chain.revealingStageStarted()
  expect(await toldNow(story)).toEqual([`ann: ${STARTED}`])
})

test('where only voters are told of the revealing stage, nobody else is, and the explanation knows no such reason', async () => {
  const { story, chain } = await voting({ onlyVotersOfRevealing: true })
  const { ann, zoe } = await people(story, 'ann', 'zoe')
  await story.begins()
  chain.voteCast(ann.address)
  const { id } = chain.revealingStageStarted()
  await story.notify()
  expect(await story.told()).toEqual([`ann: ${VOTER}`])
  const [why] = await explainEvent(story.pool, Number(zoe.id), id, { whyDays: 90, reader: 'member' })
  expect(why?.outcome).toMatch(/^You were not notified: /)
  expect(why?.steps.find(({ kind }) => kind === VOTER)?.text).toContain('This concerned 1 member, and not you.')
  expect(why?.steps.map(({ kind }) => kind)).not.toContain(STARTED)
  // Other stages are told to all.
  chain.newCouncilNotElected()
  expect(await toldNow(story)).toEqual(['ann: ELECTION_ANNOUNCING_STARTED', 'zoe: ELECTION_ANNOUNCING_STARTED'])
})

test('who voted in the next election did not vote in the one before', async () => {
  const { story, chain, candidates } = await voting()
  const { ann, ben } = await people(story, 'ann', 'ben')
  await story.begins()
  chain.voteCast(ann.address)
  chain.block(() => chain.revealingStageStarted())
  chain.block(() => chain.newCouncilNotElected())
  chain.block(() => chain.votingPeriodStarted({ candidates }))
  chain.voteCast(ben.address)
  await story.notify()
  expect((await story.told()).filter((told) => told.includes('REVEALING'))).toEqual([
    `ann: ${STARTED}`,
    `ben: ${STARTED}`,
  ])
})

test('thousands of votes are read page by page', async () => {
  const { story, chain } = await voting()
  const { ann } = await people(story, 'ann', 'zoe')
  await story.begins()
  for (let n = 0; n < 2_050; n++) chain.voteCast(`5Stranger${n}`)
  chain.voteCast(ann.address)
  chain.revealingStageStarted()
  story.node.requests.reset()
  await story.notify()
  expect(await story.told()).toEqual([`ann: ${VOTER}`, `zoe: ${STARTED}`])
  const asked = story.node.requests.log.map(({ operationName }) => operationName)
  expect(asked.filter((name) => name === 'CurrentVotes')).toHaveLength(2)
  expect(asked.filter((name) => name === 'MembersOfAccounts')).toHaveLength(3)
})

test('while the query node cannot answer for the votes, the stage is set aside and told later, and all else at once', async () => {
  const { story, chain } = await voting()
  const { ann } = await people(story, 'ann', 'zoe')
  await story.wants(ann, 'FORUM_THREAD_ALL')
  const category = chain.categoryCreated('General')
  await story.begins()
  chain.voteCast(ann.address)
  chain.revealingStageStarted()
  chain.threadCreated({ by: story.stranger('dave'), in: category, title: 'Plants', text: 'Water them.' })
  story.expectLog(/^Set aside RevealingStageStarted/)
  story.node.faults.rewrite = (body, { operationName }) =>
    operationName === 'CurrentVotes'
      ? '{"data":null,"errors":[{"message":"Cannot return null for non-nullable field CastVote.castBy."}]}'
      : body
  await story.notify()
  expect(await story.told()).toEqual(['ann: FORUM_THREAD_ALL'])
  expect(await story.db.setAsideEvent.findFirstOrThrow()).toMatchObject({
    type: 'RevealingStageStarted',
    error: 'The query node cannot answer who has voted',
  })
  delete story.node.faults.rewrite
  await story.db.setAsideEvent.updateMany({ data: { retryAt: new Date(0) } })
  await story.notify()
  expect(await story.told()).toEqual([`ann: ${VOTER}`, 'ann: FORUM_THREAD_ALL', `zoe: ${STARTED}`])
  expect(await story.db.setAsideEvent.count()).toBe(0)
})

test('who had switched the revealing stage off before the upgrade is not told of it as a voter', async () => {
  const { story, chain } = await voting()
  const { ann, ben, cleo, dora } = await people(story, 'ann', 'ben', 'cleo', 'dora', 'zoe')
  await story.refuses(ann, STARTED)
  await story.sets(ben, STARTED, { inApp: true, byEmail: false })
  await story.wants(cleo, STARTED)
  await story.refuses(dora, 'ELECTION_VOTING_STARTED')
  await story.db.$executeRawUnsafe(readFileSync(migration, 'utf8'))
  await story.db.$executeRawUnsafe(readFileSync(migration, 'utf8'))
  const copied = await story.db.subscription.findMany({ where: { kind: VOTER }, orderBy: { memberId: 'asc' } })
  expect(
    copied.map(({ memberId, shouldNotify, shouldNotifyByEmail }) => [memberId, shouldNotify, shouldNotifyByEmail]),
  ).toEqual([
    [Number(ann.id), false, false],
    [Number(ben.id), true, false],
  ])
  await story.begins()
  for (const member of [ann, ben]) chain.voteCast(member.address)
  chain.revealingStageStarted()
  expect(await toldNow(story)).toEqual([`ben: ${VOTER}`, `cleo: ${STARTED}`, `dora: ${STARTED}`, `zoe: ${STARTED}`])
})

import type { Application, Chain, Member, Opening, Worker } from 'query-node'
import { expect, test } from 'vitest'
import type { GeneralKindName } from '../../src/events/kinds.ts'
import { stories } from '../support/story.ts'
import { people } from './people.ts'

const createStory = stories()
const FORUM = 'forumWorkingGroup'

type Cast = {
  chain: Chain
  opening: Opening
  application: Application
  newcomer: Member
  lena: Worker
  wilma: Worker
}
type EntityOf = (cast: Cast) => string
type GroupKind = GeneralKindName extends infer K ? (K extends `WG_${infer Name}_WORKER` ? Name : never) : never

/** What can happen in the forum group, apart from people who go; its kind; and what a reader would open. */
const happenings: [string, GroupKind, (cast: Cast) => unknown, EntityOf][] = [
  ['an opening', 'OPENING', ({ chain }) => chain.openingAdded({ group: FORUM }), () => `${FORUM}-5`],
  [
    'an application',
    'APPLICATION',
    ({ chain, newcomer, opening }) => chain.appliedOnOpening({ by: newcomer, to: opening }),
    () => `${FORUM}-5`,
  ],
  [
    'a filled opening',
    'NEW_WORKER',
    ({ chain, opening, application }) => chain.openingFilled(opening, { hires: [application] }),
    ({ opening }) => opening.id,
  ],
  ['a change of the budget', 'BUDGET_UPDATE', ({ chain }) => chain.budgetUpdated(FORUM, { by: -5n }), () => FORUM],
  ['a new budget', 'NEW_BUDGET', ({ chain }) => chain.budgetSet(FORUM, { to: 5n }), () => FORUM],
  [
    'a spending',
    'SPENDING',
    ({ chain, newcomer }) => chain.budgetSpent(FORUM, { to: newcomer, amount: 5n, rationale: 'Pots' }),
    () => FORUM,
  ],
  ['a new lead', 'NEW_LEAD', ({ chain, wilma }) => chain.leaderSet(wilma), () => FORUM],
  ['a lead who steps back', 'LEAD_EXIT', ({ chain }) => chain.leaderUnset(FORUM), () => FORUM],
]

/**
 * Lena leads the forum group, Will and Wilma work in it, Olga did before; Boris works in another group. Fan wants to
 * hear of all groups, Zoe never set anything.
 */
async function groups() {
  const story = await createStory()
  const { chain } = story
  const cast = await people(story, 'lena', 'will', 'wilma', 'olga', 'boris', 'fan', 'zoe')
  const lena = chain.workerHired({ member: cast.lena, group: FORUM, asLead: true })
  chain.workerHired({ member: cast.will, group: FORUM })
  const wilma = chain.workerHired({ member: cast.wilma, group: FORUM })
  chain.workerExited(chain.workerHired({ member: cast.olga, group: FORUM }))
  chain.workerHired({ member: cast.boris, group: 'contentWorkingGroup' })
  const opening = chain.openingAdded({ group: FORUM, title: 'Gardener' })
  const newcomer = story.stranger('nina')
  const application = chain.appliedOnOpening({ by: newcomer, to: opening })
  for (const [, kind] of happenings) await story.wants(cast.fan, `WG_${kind}_ALL`)
  await story.begins()
  return { story, ...cast, cast: { chain, opening, application, newcomer, lena, wilma } satisfies Cast }
}

test.each(happenings)('of %s those hear who work in the group, and those who asked for it', async (...row) => {
  const [, kind, happen, entityOf] = row
  const { story, will, cast } = await groups()
  happen(cast)
  await story.notify()
  const worker = `WG_${kind}_WORKER`
  expect(await story.told()).toEqual([`fan: WG_${kind}_ALL`, `lena: ${worker}`, `will: ${worker}`, `wilma: ${worker}`])
  expect((await story.notificationOf(will)).entityId).toBe(entityOf(cast))
})

test.each(happenings)('of %s a worker who refused hears nothing, or hears as one of all', async (_, kind, happen) => {
  const { story, lena, will, wilma, fan, cast } = await groups()
  await story.refuses(will, `WG_${kind}_WORKER`)
  await story.refuses(wilma, `WG_${kind}_WORKER`)
  await story.wants(wilma, `WG_${kind}_ALL`)
  await story.wants(lena, `WG_${kind}_ALL`)
  await story.db.subscription.deleteMany({ where: { memberId: Number(fan.id) } })
  happen(cast)
  await story.notify()
  expect(await story.told()).toEqual([`lena: WG_${kind}_WORKER`, `wilma: WG_${kind}_ALL`])
})

test('a worker who applies, and an applicant who wants all, are not told of their own application', async () => {
  const { story, will, fan, cast } = await groups()
  cast.chain.appliedOnOpening({ by: will, to: cast.opening })
  cast.chain.appliedOnOpening({ by: fan, to: cast.opening })
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_APPLICATION_ALL',
    'lena: WG_APPLICATION_WORKER',
    'lena: WG_APPLICATION_WORKER',
    'will: WG_APPLICATION_WORKER',
    'wilma: WG_APPLICATION_WORKER',
    'wilma: WG_APPLICATION_WORKER',
  ])
  const [first] = await story.db.notification.findMany({ where: { memberId: Number(will.id) } })
  expect(first?.entityId).toBe(`${FORUM}-6`)
})

test('those who are hired hear of it as workers, even if they are gone again by then', async () => {
  const { story, zoe, olga, cast } = await groups()
  const { chain, opening, application } = cast
  const hires = [application, ...[zoe, olga].map((by) => chain.appliedOnOpening({ by, to: opening }))]
  await story.begins()
  const [, , olgaAgain] = chain.openingFilled(opening, { hires })
  chain.commitBlock()
  if (olgaAgain) chain.workerTerminated(olgaAgain)
  await story.notify()
  expect((await story.told()).filter((told) => told.includes('NEW_WORKER'))).toEqual([
    'fan: WG_NEW_WORKER_ALL',
    'lena: WG_NEW_WORKER_WORKER',
    'olga: WG_NEW_WORKER_WORKER',
    'will: WG_NEW_WORKER_WORKER',
    'wilma: WG_NEW_WORKER_WORKER',
    'zoe: WG_NEW_WORKER_WORKER',
  ])
  expect(story.sent[0]?.subject).toBe('The Forum group hired nina, zoe, and olga')
})

test('an opening that is filled with nobody is told as such', async () => {
  const { story, cast } = await groups()
  cast.chain.openingFilled(cast.opening, { hires: [] })
  await story.notify()
  expect(await story.told()).toHaveLength(4)
  expect(story.sent[0]?.subject).toBe('The Forum group hired nobody')
})

test('a lead who is hired hears of that and of the lead, and so does the group', async () => {
  const { story, zoe, boris, cast } = await groups()
  const { chain } = cast
  const opening = chain.openingAdded({ group: 'contentWorkingGroup', forLead: true })
  const application = chain.appliedOnOpening({ by: zoe, to: opening })
  await story.begins()
  chain.openingFilled(opening, { hires: [application] })
  await story.notify()
  expect(await story.told()).toEqual([
    'boris: WG_NEW_LEAD_WORKER',
    'boris: WG_NEW_WORKER_WORKER',
    'fan: WG_NEW_LEAD_ALL',
    'fan: WG_NEW_WORKER_ALL',
    'zoe: WG_NEW_LEAD_WORKER',
    'zoe: WG_NEW_WORKER_WORKER',
  ])
  expect(story.sent.find(({ to }) => to === `${boris.handle}@example.org`)?.text).toContain(
    'you work in the Content group',
  )
})

test('a lead who is set without a name is told of nevertheless', async () => {
  const { story, cast } = await groups()
  cast.chain.raise('LeaderSetEvent', { groupId: FORUM, workerId: null })
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_NEW_LEAD_ALL',
    'lena: WG_NEW_LEAD_WORKER',
    'will: WG_NEW_LEAD_WORKER',
    'wilma: WG_NEW_LEAD_WORKER',
  ])
  expect(story.sent[0]?.subject).toBe('The Forum group has a new lead')
})

test('who works in a group is who works there when it is read', async () => {
  const { story, zoe, cast } = await groups()
  const { chain, wilma } = cast
  chain.budgetUpdated(FORUM, { by: 5n })
  chain.commitBlock()
  chain.workerHired({ member: zoe, group: FORUM })
  chain.workerTerminated(wilma)
  await story.notify()
  expect((await story.told()).filter((told) => told.includes('BUDGET'))).toEqual([
    'fan: WG_BUDGET_UPDATE_ALL',
    'lena: WG_BUDGET_UPDATE_WORKER',
    'will: WG_BUDGET_UPDATE_WORKER',
    'zoe: WG_BUDGET_UPDATE_WORKER',
  ])
})

test('two changes of a budget in one block are two pieces of news', async () => {
  const { story, will, cast } = await groups()
  cast.chain.budgetUpdated(FORUM, { by: 5n })
  cast.chain.budgetUpdated(FORUM, { by: 5n })
  await story.notify()
  expect(await story.db.notification.count({ where: { memberId: Number(will.id) } })).toBe(2)
  expect(await story.told()).toHaveLength(8)
})

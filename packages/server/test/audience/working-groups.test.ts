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

/** What happens in the forum group, its kind, how to raise it, and the entity it refers to. */
const cases: [string, GroupKind, (cast: Cast) => unknown, EntityOf][] = [
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
  ['a budget change', 'BUDGET_UPDATE', ({ chain }) => chain.budgetUpdated(FORUM, { by: -5n }), () => FORUM],
  ['a new budget', 'NEW_BUDGET', ({ chain }) => chain.budgetSet(FORUM, { to: 5n }), () => FORUM],
  [
    'a spending',
    'SPENDING',
    ({ chain, newcomer }) => chain.budgetSpent(FORUM, { to: newcomer, amount: 5n, rationale: 'Pots' }),
    () => FORUM,
  ],
  ['a new lead', 'NEW_LEAD', ({ chain, wilma }) => chain.leaderSet(wilma), () => FORUM],
  ['a lead who steps down', 'LEAD_EXIT', ({ chain }) => chain.leaderUnset(FORUM), () => FORUM],
]

/**
 * Lena leads the forum group, Will and Wilma work in it; Olga did. Boris works in another group. Fan follows all groups,
 * Zoe has default settings.
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
  for (const [, kind] of cases) await story.wants(cast.fan, `WG_${kind}_ALL`)
  await story.begins()
  return { story, ...cast, cast: { chain, opening, application, newcomer, lena, wilma } satisfies Cast }
}

test.each(cases)('%s notifies workers of the group and followers of all groups', async (...row) => {
  const [, kind, happen, entityOf] = row
  const { story, will, cast } = await groups()
  happen(cast)
  await story.notify()
  const worker = `WG_${kind}_WORKER`
  expect(await story.told()).toEqual([`fan: WG_${kind}_ALL`, `lena: ${worker}`, `will: ${worker}`, `wilma: ${worker}`])
  expect((await story.notificationOf(will)).entityId).toBe(entityOf(cast))
})

test.each(cases)(
  '%s does not notify a worker who turned it off, unless they follow all groups',
  async (_, kind, happen) => {
    const { story, lena, will, wilma, fan, cast } = await groups()
    await story.refuses(will, `WG_${kind}_WORKER`)
    await story.refuses(wilma, `WG_${kind}_WORKER`)
    await story.wants(wilma, `WG_${kind}_ALL`)
    await story.wants(lena, `WG_${kind}_ALL`)
    await story.db.subscription.deleteMany({ where: { memberId: Number(fan.id) } })
    happen(cast)
    await story.notify()
    expect(await story.told()).toEqual([`lena: WG_${kind}_WORKER`, `wilma: WG_${kind}_ALL`])
  },
)

test('applicants are not notified of their own application, whether they work in the group or follow all groups', async () => {
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

test('hired members are notified as workers, even if they have left by the time of the run', async () => {
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

test('an opening that is filled with nobody says so', async () => {
  const { story, cast } = await groups()
  cast.chain.openingFilled(cast.opening, { hires: [] })
  await story.notify()
  expect(await story.told()).toHaveLength(4)
  expect(story.sent[0]?.subject).toBe('The Forum group hired nobody')
})

test('hiring a lead notifies the lead and the group of both the hire and the new lead', async () => {
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

test('a new lead without a worker id still sends a notification', async () => {
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

test('the workers of a group are those at the time of the run', async () => {
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

test('two budget changes in one block send two notifications', async () => {
  const { story, will, cast } = await groups()
  cast.chain.budgetUpdated(FORUM, { by: 5n })
  cast.chain.budgetUpdated(FORUM, { by: 5n })
  await story.notify()
  expect(await story.db.notification.count({ where: { memberId: Number(will.id) } })).toBe(2)
  expect(await story.told()).toHaveLength(8)
})

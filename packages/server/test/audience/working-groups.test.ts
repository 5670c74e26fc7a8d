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
/** The kind by which the lead hears of it. */
const LEAD_KINDS: { [Kind in GroupKind]?: GeneralKindName } = {
  APPLICATION: 'WG_APPLICATION_LEAD',
  BUDGET_UPDATE: 'WG_BUDGET_LEAD',
  NEW_BUDGET: 'WG_BUDGET_LEAD',
  SPENDING: 'WG_BUDGET_LEAD',
}

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
  const lead = LEAD_KINDS[kind] ?? worker
  expect(await story.told()).toEqual([`fan: WG_${kind}_ALL`, `lena: ${lead}`, `will: ${worker}`, `wilma: ${worker}`])
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
    expect(await story.told()).toEqual([`lena: ${LEAD_KINDS[kind] ?? `WG_${kind}_WORKER`}`, `wilma: WG_${kind}_ALL`])
  },
)

test.each(cases.filter(([, kind]) => LEAD_KINDS[kind]))(
  '%s notifies a lead who wants no news as the lead as a worker, if they want that',
  async (_, kind, happen) => {
    const { story, lena, will, cast } = await groups()
    const lead = LEAD_KINDS[kind]
    if (!lead) throw new Error('There is no kind for leads')
    await story.refuses(lena, lead)
    happen(cast)
    await story.notify()
    expect(await story.told()).toContain(`lena: WG_${kind}_WORKER`)
    await story.db.notification.deleteMany()
    await story.refuses(lena, `WG_${kind}_WORKER`)
    await story.wants(will, lead)
    cast.chain.budgetUpdated(FORUM, { by: 1n })
    await story.notify()
    expect((await story.told()).filter((told) => told.startsWith('will'))).toEqual(['will: WG_BUDGET_UPDATE_WORKER'])
  },
)

test('applicants are not notified of their own application, whether they work in the group or follow all groups', async () => {
  const { story, will, fan, cast } = await groups()
  cast.chain.appliedOnOpening({ by: will, to: cast.opening })
  cast.chain.appliedOnOpening({ by: fan, to: cast.opening })
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_APPLICATION_ALL',
    'lena: WG_APPLICATION_LEAD',
    'lena: WG_APPLICATION_LEAD',
    'will: WG_APPLICATION_WORKER',
    'wilma: WG_APPLICATION_WORKER',
    'wilma: WG_APPLICATION_WORKER',
  ])
  const [first] = await story.db.notification.findMany({ where: { memberId: Number(will.id) } })
  expect(first?.entityId).toBe(`${FORUM}-6`)
})

test('hired members are notified of their own role, even if they have left by the time of the run', async () => {
  const { story, zoe, olga, lena, will, wilma, fan, cast } = await groups()
  const { chain, opening, application } = cast
  const hires = [application, ...[zoe, olga].map((by) => chain.appliedOnOpening({ by, to: opening }))]
  await story.begins()
  const [, , olgaAgain] = chain.openingFilled(opening, { hires })
  chain.commitBlock()
  if (olgaAgain) chain.workerTerminated(olgaAgain)
  await story.notify()
  const ofTheHire = (await story.db.notification.findMany({ include: { event: true } })).filter(
    ({ event }) => event?.type === 'OpeningFilled',
  )
  expect(ofTheHire.map(({ memberId, kind }) => `${memberId}: ${kind}`).sort()).toEqual(
    [
      `${fan.id}: WG_NEW_WORKER_ALL`,
      `${lena.id}: WG_NEW_WORKER_WORKER`,
      `${olga.id}: WG_MY_ROLE`,
      `${will.id}: WG_NEW_WORKER_WORKER`,
      `${wilma.id}: WG_NEW_WORKER_WORKER`,
      `${zoe.id}: WG_MY_ROLE`,
    ].sort(),
  )
  const subjectOf = (handle: string) => story.sent.find(({ to }) => to === `${handle}@example.org`)?.subject
  expect(subjectOf('will')).toBe('The Forum group hired nina, zoe, and olga')
  expect(subjectOf('zoe')).toBe('The Forum group hired you')
})

test('an opening that is filled with nobody says so', async () => {
  const { story, cast } = await groups()
  cast.chain.openingFilled(cast.opening, { hires: [] })
  await story.notify()
  expect(await story.told()).toHaveLength(4)
  expect(story.sent[0]?.subject).toBe('The Forum group closed an opening without hiring anyone')
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
    'zoe: WG_MY_ROLE',
    'zoe: WG_NEW_LEAD_WORKER',
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
    'lena: WG_BUDGET_LEAD',
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

test('applicants who are not hired are told so, unless they withdrew', async () => {
  const { story, zoe, olga, boris, fan, cast } = await groups()
  const { chain, opening, application } = cast
  for (const by of [zoe, olga, fan]) chain.appliedOnOpening({ by, to: opening })
  chain.applicationWithdrawn(chain.appliedOnOpening({ by: boris, to: opening }))
  await story.refuses(olga, 'WG_MY_ROLE')
  await story.begins()
  chain.openingFilled(opening, { hires: [application] })
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_MY_ROLE',
    'lena: WG_NEW_WORKER_WORKER',
    'will: WG_NEW_WORKER_WORKER',
    'wilma: WG_NEW_WORKER_WORKER',
    'zoe: WG_MY_ROLE',
  ])
  expect(story.sent.map(({ to, subject }) => `${to}: ${subject}`).sort()).toEqual([
    'fan@example.org: The Forum group did not hire you',
    'lena@example.org: The Forum group hired nina',
    'will@example.org: The Forum group hired nina',
    'wilma@example.org: The Forum group hired nina',
    'zoe@example.org: The Forum group did not hire you',
  ])
})

test('an applicant of several applications who is hired by one is not told that they were not', async () => {
  const { story, zoe, cast } = await groups()
  const { chain, opening } = cast
  const [, second] = [1, 2].map(() => chain.appliedOnOpening({ by: zoe, to: opening }))
  await story.begins()
  chain.openingFilled(opening, { hires: second ? [second] : [] })
  await story.notify()
  expect((await story.told()).filter((told) => told.startsWith('zoe'))).toEqual(['zoe: WG_MY_ROLE'])
  expect(story.sent.find(({ to }) => to.startsWith('zoe'))?.subject).toBe('The Forum group hired you')
})

test('a worker alone is told that they were slashed, are paid another reward, or are owed one', async () => {
  const { story, wilma, cast } = await groups()
  const { chain } = cast
  chain.block(() => chain.workerSlashed(cast.wilma, { amount: 1_000_000_000_000n, rationale: 'Dry *cacti*' }))
  chain.block(() => chain.workerRewardSet(cast.wilma, { perBlock: 1_000_000_000n }))
  chain.block(() => chain.workerRewardMissed(cast.wilma, { owed: 25_000_000_000n }))
  chain.block(() => chain.workerRewardMissed(cast.wilma, { owed: 0n }))
  await story.notify()
  expect(await story.told()).toEqual(Array(4).fill('wilma: WG_MY_ROLE'))
  expect(story.sent.map(({ subject }) => subject)).toEqual([
    '100 JOY of your stake in the Forum group was slashed',
    'Your reward in the Forum group is now 43,200 JOY per month',
    'The Forum group owes you 2.5 JOY in missed rewards',
    'The Forum group has paid you all missed rewards',
  ])
  expect(story.sent[0]?.text).toContain('Dry cacti')
  expect(story.sent[0]?.text).toContain('it is about your role or application in the Forum group')
  expect(await story.notificationOf(wilma)).toMatchObject({
    eventType: 'NewMissedRewardLevelReached',
    entityId: FORUM,
  })
})

test('a worker who wants no news of their own role is not told of it', async () => {
  const { story, wilma, cast } = await groups()
  await story.refuses(wilma, 'WG_MY_ROLE')
  cast.chain.workerRewardSet(cast.wilma, { perBlock: 7n })
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('a payment names the member whom the account belongs to, and addresses them', async () => {
  const { story, will, wilma, cast } = await groups()
  const { chain } = cast
  const payee = story.stranger('payee')
  const stray = 'j4UbMHiS79yvMLJctXggUugkkKmwxG5LW2YSy3ap8SmgF5qW9'
  const pay = (reciever: string) =>
    chain.block(() =>
      chain.raise('BudgetSpendingEvent', { groupId: FORUM, reciever, amount: 15n ** 10n, rationale: null }),
    )
  chain.memberJoins('eve', { controllerAccount: payee.address, rootAccount: wilma.address, boundAccounts: [] })
  const thrifty = chain.memberJoins('thrifty', { controllerAccount: stray, boundAccounts: [] })
  await story.refuses(will, 'WG_SPENDING_WORKER')
  await story.begins()
  story.node.requests.reset()
  for (const account of [payee.address, wilma.address, thrifty.address, stray, 'x'.repeat(2_000), '']) pay(account)
  await story.notify()
  expect(story.node.requests.log.filter(({ operationName }) => operationName === 'MembersOfAccounts')).toHaveLength(1)
  const short = (account: string) => `${account.slice(0, 4)}…${account.slice(-3)}`
  const subjectsFor = (handle: string) =>
    story.sent
      .filter(({ to }) => to === `${handle}@example.org`)
      .map(({ subject }) => subject.replace(/[\d.,]+ JOY/, 'JOY'))
  const subjects = subjectsFor('lena')
  expect(subjects.slice(0, 4)).toEqual([
    `Forum paid JOY to payee (${short(payee.address)})`,
    `Forum paid JOY to wilma (${short(wilma.address)})`,
    `Forum paid JOY to thrifty (${short(thrifty.address)})`,
    `Forum paid JOY to thrifty (${short(stray)})`,
  ])
  expect(subjects).toHaveLength(6)
  for (const subject of subjects) expect(subject.length).toBeLessThanOrEqual(150)
  expect(subjectsFor('wilma')[1]).toBe('Forum paid you JOY')
})

test('an opening says what is paid and until when to apply', async () => {
  const { story, will, cast } = await groups()
  cast.chain.openingAdded({
    group: FORUM,
    title: 'Gardener',
    shortDescription: '**Water** the cactus',
    expectedEnding: new Date('2026-12-05T12:00:00Z'),
  })
  await story.notify()
  expect(await story.notificationOf(will)).toMatchObject({ kind: 'WG_OPENING_WORKER' })
  const [{ subject, text } = { subject: '', text: '' }] = story.sent
  expect(subject).toBe('Forum is hiring: Gardener')
  for (const line of [
    'Reward per month: 21,600 JOY',
    'Stake: 5,000 JOY',
    'Apply by: Sat 5 Dec, 12:00 UTC',
    '> Water the cactus',
  ]) {
    expect(text).toContain(line)
  }
})

test('texts of a megabyte are told, shortened', async () => {
  const { story, zoe, cast } = await groups()
  const { chain } = cast
  const long = '<b>&{{x}}'.repeat(120_000)
  const opening = chain.openingAdded({ group: FORUM, title: long, shortDescription: long })
  const application = chain.appliedOnOpening({ by: zoe, to: opening })
  await story.begins()
  chain.block(() => chain.openingAdded({ group: FORUM, title: long, shortDescription: long }))
  chain.block(() => chain.openingFilled(opening, { hires: [application] }))
  chain.block(() => chain.workerSlashed(cast.wilma, { amount: 5n, rationale: long }))
  chain.block(() => chain.workerTerminated(cast.wilma, { penalty: 5n, rationale: long }))
  await story.notify()
  expect(story.sent.length).toBeGreaterThan(4)
  for (const { subject, html = '' } of story.sent) {
    expect(subject.length).toBeLessThanOrEqual(150)
    expect(html.length).toBeLessThan(40_000)
    expect(html).not.toContain('<b>&')
  }
  const { data } = await story.db.event.findFirstOrThrow({ where: { type: 'OpeningAdded' } })
  expect(JSON.stringify(data).length).toBeLessThan(4_000)
})

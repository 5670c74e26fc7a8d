import { expect, test } from 'vitest'
import { stories } from '../support/story.ts'
import { people } from './people.ts'

const createStory = stories()
const GROUP = 'forumWorkingGroup'

/** Lena leads the forum group, Will and Wilma work in it. Fan wants to hear of everybody who goes; Zoe of nothing. */
async function forum() {
  const story = await createStory()
  const { chain } = story
  const cast = await people(story, 'lena', 'will', 'wilma', 'fan', 'zoe')
  const lena = chain.workerHired({ member: cast.lena, group: GROUP, asLead: true })
  const will = chain.workerHired({ member: cast.will, group: GROUP })
  chain.workerHired({ member: cast.wilma, group: GROUP })
  for (const kind of ['WORKER_LEAVING', 'WORKER_EXIT', 'LEAD_EXIT'] as const) {
    await story.wants(cast.fan, `WG_${kind}_ALL`)
  }
  await story.begins()
  return { story, chain, cast, lena, will }
}

test('the others hear that a worker is leaving, the worker does not', async () => {
  const { story, chain, cast, will } = await forum()
  await story.wants(cast.will, 'WG_WORKER_LEAVING_ALL')
  chain.workerStartedLeaving(will, { rationale: 'Enough' })
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_WORKER_LEAVING_ALL',
    'lena: WG_WORKER_LEAVING_WORKER',
    'wilma: WG_WORKER_LEAVING_WORKER',
  ])
  expect(await story.notificationOf(cast.lena)).toMatchObject({ eventType: 'WorkerStartedLeaving', entityId: GROUP })
})

test('the others hear that a worker is gone, the worker does not', async () => {
  const { story, chain, cast, will } = await forum()
  await story.wants(cast.will, 'WG_WORKER_EXIT_ALL')
  chain.workerExited(will)
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_WORKER_EXIT_ALL',
    'lena: WG_WORKER_EXIT_WORKER',
    'wilma: WG_WORKER_EXIT_WORKER',
  ])
  expect(await story.notificationOf(cast.lena)).toMatchObject({ eventType: 'WorkerExited', entityId: GROUP })
})

test('a worker who is gone is not told even if they have another role in the group', async () => {
  const { story, chain, cast, will } = await forum()
  chain.workerHired({ member: cast.will, group: GROUP })
  await story.begins()
  chain.workerExited(will)
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_WORKER_EXIT_ALL',
    'lena: WG_WORKER_EXIT_WORKER',
    'wilma: WG_WORKER_EXIT_WORKER',
  ])
})

test('a worker who is dismissed belongs to the group no more, so only the others hear of it', async () => {
  const { story, chain, cast, will } = await forum()
  chain.workerTerminated(will, { penalty: 5n, rationale: 'Late' })
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_WORKER_EXIT_ALL',
    'lena: WG_WORKER_EXIT_WORKER',
    'wilma: WG_WORKER_EXIT_WORKER',
  ])
  expect(await story.notificationOf(cast.lena)).toMatchObject({ eventType: 'TerminatedWorker', entityId: GROUP })
})

test('a worker who is dismissed from one of two roles in the group hears of it as a worker', async () => {
  const { story, chain, cast, will } = await forum()
  chain.workerHired({ member: cast.will, group: GROUP })
  await story.begins()
  chain.workerTerminated(will)
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_WORKER_EXIT_ALL',
    'lena: WG_WORKER_EXIT_WORKER',
    'will: WG_WORKER_EXIT_WORKER',
    'wilma: WG_WORKER_EXIT_WORKER',
  ])
})

test('a worker who is dismissed hears of it if they want to hear of everybody who goes', async () => {
  const { story, chain, cast, will } = await forum()
  await story.wants(cast.will, 'WG_WORKER_EXIT_ALL')
  chain.workerTerminated(will)
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_WORKER_EXIT_ALL',
    'lena: WG_WORKER_EXIT_WORKER',
    'will: WG_WORKER_EXIT_ALL',
    'wilma: WG_WORKER_EXIT_WORKER',
  ])
})

test('a lead who goes is told once, as an exit, to all but the lead', async () => {
  const { story, chain, cast, lena } = await forum()
  await story.wants(cast.lena, 'WG_WORKER_EXIT_ALL')
  await story.wants(cast.lena, 'WG_LEAD_EXIT_ALL')
  chain.workerExited(lena)
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_WORKER_EXIT_ALL',
    'will: WG_WORKER_EXIT_WORKER',
    'wilma: WG_WORKER_EXIT_WORKER',
  ])
  expect(await story.notificationOf(cast.will)).toMatchObject({ eventType: 'WorkerExited', entityId: GROUP })
  expect(story.sent.map(({ subject }) => subject)).toEqual(Array(3).fill('lena left the Forum group'))
})

test('a lead who is dismissed is told of once, and hears of it if they want to hear of everybody who goes', async () => {
  const { story, chain, cast, lena } = await forum()
  await story.wants(cast.lena, 'WG_WORKER_EXIT_ALL')
  chain.workerTerminated(lena)
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_WORKER_EXIT_ALL',
    'lena: WG_WORKER_EXIT_ALL',
    'will: WG_WORKER_EXIT_WORKER',
    'wilma: WG_WORKER_EXIT_WORKER',
  ])
  expect(await story.notificationOf(cast.will)).toMatchObject({ eventType: 'TerminatedLeader', entityId: GROUP })
})

test('a member who wants to hear of leads but not of workers hears that the lead is gone', async () => {
  const { story, chain, cast, lena } = await forum()
  await story.refuses(cast.will, 'WG_WORKER_EXIT_WORKER')
  await story.wants(cast.zoe, 'WG_LEAD_EXIT_ALL')
  chain.workerExited(lena)
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_WORKER_EXIT_ALL',
    'will: WG_LEAD_EXIT_WORKER',
    'wilma: WG_WORKER_EXIT_WORKER',
    'zoe: WG_LEAD_EXIT_ALL',
  ])
})

test('a lead and a worker who go in one block are two pieces of news', async () => {
  const { story, chain, lena, will } = await forum()
  chain.workerExited(will)
  chain.workerExited(lena)
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_WORKER_EXIT_ALL',
    'fan: WG_WORKER_EXIT_ALL',
    'wilma: WG_WORKER_EXIT_WORKER',
    'wilma: WG_WORKER_EXIT_WORKER',
  ])
})

test('a lead who steps back and stays a worker is told of as a lead, and hears of it', async () => {
  const { story, chain } = await forum()
  chain.leaderUnset(GROUP)
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_LEAD_EXIT_ALL',
    'lena: WG_LEAD_EXIT_WORKER',
    'will: WG_LEAD_EXIT_WORKER',
    'wilma: WG_LEAD_EXIT_WORKER',
  ])
})

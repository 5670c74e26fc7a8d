import { expect, test } from 'vitest'
import { stories } from '../support/story.ts'
import { people } from './people.ts'

const createStory = stories()
const GROUP = 'forumWorkingGroup'

/** Lena leads the forum group, Will and Wilma work in it. Fan follows every exit, Zoe has default settings. */
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

test('a worker who gives notice is not notified, the others are', async () => {
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

test('a worker who leaves is not notified, the others are', async () => {
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

test('a worker who leaves is not notified, even with another role in the group', async () => {
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

test('a dismissed worker is told so, once, and the others of the exit', async () => {
  const { story, chain, cast, will } = await forum()
  chain.workerTerminated(will, { penalty: 50_000_000_000n, rationale: 'Late' })
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_WORKER_EXIT_ALL',
    'lena: WG_WORKER_EXIT_WORKER',
    'will: WG_MY_ROLE',
    'wilma: WG_WORKER_EXIT_WORKER',
  ])
  expect(await story.notificationOf(cast.lena)).toMatchObject({ eventType: 'TerminatedWorker', entityId: GROUP })
  const mailTo = (handle: string) => story.sent.find(({ to }) => to === `${handle}@example.org`)
  expect(mailTo('will')?.subject).toBe('You were removed from the Forum group')
  expect(mailTo('will')?.text).toContain('Penalty: 5 JOY of the stake')
  expect(mailTo('will')?.text).toContain('> Late')
  expect(mailTo('wilma')?.subject).toBe('will was removed from the Forum group')
})

test('a worker dismissed from one of two roles in the group is told so, for their own role', async () => {
  const { story, chain, cast, will } = await forum()
  chain.workerHired({ member: cast.will, group: GROUP })
  await story.begins()
  chain.workerTerminated(will)
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_WORKER_EXIT_ALL',
    'lena: WG_WORKER_EXIT_WORKER',
    'will: WG_MY_ROLE',
    'wilma: WG_WORKER_EXIT_WORKER',
  ])
})

test('a dismissed worker who wants no news of their own role is notified if they follow every exit', async () => {
  const { story, chain, cast, will } = await forum()
  await story.refuses(cast.will, 'WG_MY_ROLE')
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

test('a lead who leaves sends one notification, as a worker exit, to everyone but the lead', async () => {
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

test('a dismissed lead sends one notification to each, the penalty included', async () => {
  const { story, chain, cast, lena } = await forum()
  await story.wants(cast.lena, 'WG_WORKER_EXIT_ALL')
  chain.workerTerminated(lena, { penalty: 50_000_000_000n })
  await story.notify()
  expect(await story.told()).toEqual([
    'fan: WG_WORKER_EXIT_ALL',
    'lena: WG_MY_ROLE',
    'will: WG_WORKER_EXIT_WORKER',
    'wilma: WG_WORKER_EXIT_WORKER',
  ])
  expect(await story.notificationOf(cast.will)).toMatchObject({ eventType: 'TerminatedLeader', entityId: GROUP })
  expect(await story.notificationOf(cast.lena)).toMatchObject({ eventType: 'TerminatedLeader', entityId: GROUP })
})

test('a member who follows leads but not workers is notified that the lead left', async () => {
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

test('a lead and a worker who leave in one block send two notifications', async () => {
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

test('a lead who steps down and stays a worker sends a lead exit, and is notified too', async () => {
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

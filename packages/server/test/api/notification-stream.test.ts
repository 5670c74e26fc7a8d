import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type Member, mention } from 'query-node'
import { expect, onTestFinished, test } from 'vitest'
import { serveApi } from '../support/api.ts'
import { watch } from '../support/live.ts'
import { type Story, stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()

/** Bob and carol are registered. Dave's posts mention the given members. */
async function watchers() {
  const story = await createStory()
  const [bob, carol] = [await story.member('bob'), await story.member('carol')]
  const dave = story.stranger('dave')
  const thread = story.chain.threadCreated({
    by: dave,
    in: story.chain.categoryCreated('General'),
    title: 'Plants',
    text: 'Water them.',
  })
  await story.begins()
  const mentions = (...members: Member[]) =>
    story.chain.postAdded({ by: dave, in: thread, text: members.map(mention).join(' ') })
  return { story, bob, carol, mentions }
}

test("every tab gets the member's new notifications from every API process, and nobody else's", async () => {
  const { story, bob, carol, mentions } = await watchers()
  const [here, there] = [await serveApi(story), await serveApi(story)]
  const tabs = [
    await watch(here.url, here.tokenOf(bob)),
    await watch(here.url, here.tokenOf(bob)),
    await watch(there.url, there.tokenOf(bob)),
  ]
  // Tells a proxy to forward each event at once.
  expect(tabs.map(({ headers }) => headers.get('x-accel-buffering'))).toEqual(['no', 'no', 'no'])
  const carols = await watch(there.url, there.tokenOf(carol))
  mentions(bob)
  await notifyFromAnotherProcess(story)
  mentions(bob, carol)
  await story.notify()

  const ids = (
    await story.db.notification.findMany({ where: { memberId: Number(bob.id) }, orderBy: { id: 'asc' } })
  ).map(({ id }) => id)
  for (const tab of tabs) {
    const entries = await tab.take(2)
    expect(entries.map(({ id }) => id)).toEqual(ids)
    expect(entries[0]).toMatchObject({ kind: 'FORUM_POST_MENTION', title: expect.stringContaining('mentioned you') })
  }
  const [first] = await carols.take(1)
  expect(first?.id).toBe((await story.notificationOf(carol)).id)
})

test('a client that reconnects with its last id misses nothing', async () => {
  const { story, bob, mentions } = await watchers()
  const api = await serveApi(story)
  const before = await watch(api.url, api.tokenOf(bob))
  mentions(bob)
  await story.notify()
  const [seen] = await before.take(1)
  before.leave()
  for (let post = 0; post < 30; post++) mentions(bob)
  await story.notify()

  const again = await watch(api.url, api.tokenOf(bob), seen?.id)
  const missed = await again.take(30)
  expect(new Set(missed.map(({ id }) => id)).size).toBe(30)
  expect(missed.every(({ id }, at) => id > (missed[at - 1] ?? seen ?? { id: 0 }).id)).toBe(true)
  mentions(bob)
  await story.notify()
  expect((await again.take(1))[0]?.id).toBe((await story.notificationOf(bob)).id)
})

test('a client without a last id gets only new notifications', async () => {
  const { story, bob, mentions } = await watchers()
  mentions(bob)
  await story.notify()
  const api = await serveApi(story)
  const tab = await watch(api.url, api.tokenOf(bob))
  mentions(bob)
  await story.notify()
  expect((await tab.take(1))[0]?.id).toBe((await story.notificationOf(bob)).id)
})

test('the stream leaves out notifications that are by email only', async () => {
  const { story, bob, mentions } = await watchers()
  const api = await serveApi(story)
  const tab = await watch(api.url, api.tokenOf(bob))
  await story.sets(bob, 'FORUM_POST_MENTION', { inApp: false, byEmail: true })
  mentions(bob)
  await story.notify()
  await story.db.subscription.deleteMany()
  mentions(bob)
  await story.notify()
  expect(story.sent).toHaveLength(2)
  expect((await tab.take(1))[0]?.id).toBe((await story.notificationOf(bob)).id)
})

test('the stream leaves out notifications of kinds that this version does not know', async () => {
  const { story, bob, mentions } = await watchers()
  const api = await serveApi(story)
  const tab = await watch(api.url, api.tokenOf(bob))
  const data = { memberId: Number(bob.id), kind: 'PROPOSAL_BOOKMARKED' }
  const many = Array.from({ length: 30 }, (_, n) => ({ ...data, eventId: `new-${n}` }))
  await story.db.notification.createMany({ data: many })
  mentions(bob)
  await story.notify()
  const [first] = await tab.take(1)
  expect(first?.id).toBe((await story.notificationOf(bob)).id)
  expect(api.log.filter((line) => line.includes('left out of inboxes'))).toHaveLength(1)
})

test('a notification to every member is one signal', async () => {
  const { story } = await watchers()
  const members = Array.from({ length: 2_000 }, (_, n) => ({ id: 10_000 + n, name: `member ${n}` }))
  await story.db.member.createMany({ data: members })
  const client = new pg.Client(story.pool.options)
  await client.connect()
  onTestFinished(() => client.end())
  let signals = 0
  client.on('notification', () => signals++)
  await client.query('LISTEN notifications')
  story.chain.announcingPeriodStarted()
  const { notifications } = await story.notify()
  expect(notifications).toBe(2_002)
  await until(() => signals > 0)
  await client.query('SELECT 1')
  expect(signals).toBe(1)
  await story.notify()
  await client.query('SELECT 1')
  expect(signals).toBe(1)
})

test('a stream survives a lost database connection', async () => {
  const { story, bob, mentions } = await watchers()
  const api = await serveApi(story)
  const tab = await watch(api.url, api.tokenOf(bob))
  mentions(bob)
  await story.notify()
  await tab.take(1)
  const { rowCount } = await story.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`,
  )
  expect(rowCount).toBe(1)
  mentions(bob)
  await story.notify()
  expect((await tab.take(1))[0]?.id).toBe((await story.notificationOf(bob)).id)
  expect(api.log.join()).toContain('Live streams wait for the database')
})

test('a stream needs a token and a registered membership', async () => {
  const { story } = await watchers()
  const api = await serveApi(story)
  for (const token of ['', 'nonsense', story.tokens.auth(4711)]) {
    const tab = await watch(api.url, token)
    expect(tab.status).toBe(200)
    expect((await tab.next())?.errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
    expect(await tab.next()).toBeUndefined()
  }
})

test('a shutdown ends the streams and lets running requests finish', async () => {
  const { story, bob } = await watchers()
  const api = await serveApi(story)
  const tab = await watch(api.url, api.tokenOf(bob))
  const blocker = await story.pool.connect()
  await blocker.query('BEGIN; LOCK "Member"')
  const running = api.data('{ me { name } }', {}, api.tokenOf(bob))
  await until(async () => {
    const { rows } = await story.pool.query('SELECT FROM pg_locks WHERE NOT granted')
    return rows.length > 0
  })
  const closed = api.close()
  expect(await tab.next()).toBeUndefined()
  await blocker.query('COMMIT')
  blocker.release()
  expect(await running).toEqual({ me: { name: 'bob' } })
  await closed
  await expect(fetch(api.url)).rejects.toThrow()
})

async function notifyFromAnotherProcess(story: Story): Promise<void> {
  story.chain.commitBlock()
  const mailbox = await mkdtemp(join(tmpdir(), 'mailbox-'))
  onTestFinished(() => rm(mailbox, { recursive: true, force: true }))
  const { connectionString = '' } = story.pool.options
  const notifier = fork(join(import.meta.dirname, '../support/notifier-process.ts'), [
    ...['--database', connectionString],
    ...['--node', story.node.url],
    ...['--mailbox', mailbox],
  ])
  await once(notifier, 'message')
  notifier.send('run')
  await once(notifier, 'exit')
}

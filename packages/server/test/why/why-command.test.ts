import { expect, test } from 'vitest'
import { runScript } from '../support/command.ts'
import { cloneDatabase } from '../support/database.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

/** A title that would clear the screen, colour it, and turn the line around. */
const HOSTILE = 'Plants\u001b[2J\u009b31m\u202efdp\u0007'

test('why: tells an operator the whole story of an event, of a notification, and of a page', async () => {
  const story = await createStory()
  const { chain, url } = story
  const bob = await story.member('bob')
  const dave = story.stranger('dave')
  const thread = chain.threadCreated({ by: dave, in: chain.categoryCreated('General'), title: HOSTILE, text: 'Water' })
  await story.begins()
  await story.watches(bob, 'FORUM_THREAD_ENTITY_POST', thread)
  chain.postAdded({ by: dave, in: thread, text: 'One' })
  chain.postAdded({ by: dave, in: thread, text: 'Two' })
  await story.notify()
  const { id, eventId } = await story.notificationOf(bob)

  const byEvent = await runScript('why.ts', [bob.id, eventId], url)
  expect({ ...byEvent, stdout: '' }).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(byEvent.stdout).toMatch(
    new RegExp(
      `^Member ${bob.id} \\(bob\\). “You” is this member.\n\nYou were notified in the app and by email, because you watch this thread.\n\n- Event: .*${eventId}`,
    ),
  )
  expect(byEvent.stdout).toMatch(
    /^- Posts in this thread \(FORUM_THREAD_ENTITY_POST\): .* This is why you were notified.$/m,
  )
  expect(byEvent.stdout).toMatch(/^- Email: test accepted it to bob@example.org at .*, as provider-\d+.$/m)
  expect(await runScript('why.ts', [bob.id, String(id)], url)).toEqual(byEvent)

  const byPage = await runScript('why.ts', [bob.id, `https://pioneerapp.xyz/#/forum/thread/${thread.id}`], url)
  expect(byPage.code).toBe(0)
  expect(byPage.stdout.match(/^You were notified in the app and by email/gm)).toHaveLength(2)
  expect(byPage.stdout).toMatch(new RegExp(`For the whole story of one: npm run why -- ${bob.id} <event id>\n$`))

  const json = await runScript('why.ts', [bob.id, eventId, '--json'], url)
  // Of several types that have one id, each story is told.
  await story.db.$executeRaw`UPDATE "Event" SET id = ${eventId}, type = type || number`
  const both = await runScript('why.ts', [bob.id, eventId], url)
  expect(both.stdout.match(/^- Notification: /gm)).toHaveLength(2)
  expect(JSON.parse(json.stdout)).toMatchObject({
    member: { id: Number(bob.id), name: 'bob' },
    total: 1,
    stories: [{ eventId, notificationId: id, title: expect.stringContaining('Plants') }],
  })
  for (const { stdout } of [byEvent, byPage, json]) expect(stdout).not.toMatch(/(?!\n)\p{Cc}|\u202e/u)
})

test('why: says in one sentence what it cannot explain, and exits with 1', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  expect(await runScript('why.ts', ['77', 'OLYMPIA-1-1'], story.url)).toEqual({
    code: 1,
    stdout: 'Membership 77 is not registered here, so nobody is notified for it.\n',
    stderr: '',
  })
  const page = await runScript('why.ts', [bob.id, '#/members', '--json'], story.url)
  expect([page.code, JSON.parse(page.stdout)]).toEqual([1, { error: 'No event links to this page of Pioneer.' }])
  const unknown = await runScript('why.ts', [bob.id, 'OLYMPIA-1-1'], story.url)
  expect([unknown.code, unknown.stdout]).toEqual([0, expect.stringContaining('No event OLYMPIA-1-1 is known')])
})

test('why: says what is wrong with a number, a link or a text that it cannot find', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  const { id, eventId } = await story.notificationOf(bob)
  const carol = await story.member('carol')
  const why = (...args: string[]) => runScript('why.ts', args, story.url)
  expect(await why(carol.id, String(id))).toEqual({
    code: 1,
    stdout: `Member ${carol.id} has no notification ${id}, and no event has this id.\n`,
    stderr: '',
  })
  const long = await why(bob.id, '9'.repeat(100_000), '--json')
  expect([long.code, JSON.parse(long.stdout)]).toEqual([
    1,
    { error: `Member ${bob.id} has no notification ${'9'.repeat(39)}…, and no event has this id.` },
  ])
  const link = await why(bob.id, 'https://pioneerapp.xyz/forum/thread/1')
  expect([link.code, link.stdout]).toEqual([
    1,
    'This is no link to a page of Pioneer: those contain #/, as in …/#/forum/thread/1.\n',
  ])
  // As it comes from a table or an email.
  expect((await why(bob.id, `  ${eventId}\n`)).stdout).toMatch(/You were notified in the app and by email/)
  const nothing = await why(bob.id, ' ')
  expect([nothing.code, nothing.stderr]).toEqual([64, expect.stringMatching(/^The second argument is empty: /)])
})

test('why on a database that was never migrated, or does not answer, says what to do', async () => {
  const empty = await cloneDatabase(null)
  try {
    const { code, stderr } = await runScript('why.ts', ['1', 'OLYMPIA-1-1'], empty.url)
    expect([code, JSON.parse(stderr).msg]).toEqual([1, 'The database is not up to date: run `npm run migrate` first'])
  } finally {
    await empty.close()
  }
  const { code, stderr } = await runScript('why.ts', ['1', 'OLYMPIA-1-1'], 'postgresql://nobody@127.0.0.1:9/x')
  expect([code, JSON.parse(stderr).msg]).toEqual([1, expect.stringMatching(/^The database cannot be reached/)])
})

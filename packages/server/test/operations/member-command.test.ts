import { expect, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { endTokens } from '../../src/members/token-generation.ts'
import { createWallet, watches } from '../support/accounts.ts'
import { runScript } from '../support/command.ts'
import { stories } from '../support/story.ts'

const createStory = stories()
const COLD = createWallet('cold')

async function known() {
  const story = await createStory()
  const { chain, db, pool } = story
  const dave = story.stranger('dave')
  const thread = chain.threadCreated({ by: dave, in: chain.categoryCreated('General'), title: 'Plants', text: 'Water' })
  const bob = await story.member('bob', {
    name: 'Bob\u001b[2J',
    unverifiedEmail: 'new@example.org',
    emailFrequency: 'WEEKLY',
    digestWeekday: 5,
    timeZone: 'Europe/Berlin',
    pauseEmailsUntil: new Date(Date.now() + 24 * 60 * 60 * 1000),
  })
  await story.begins()
  await story.watches(bob, 'FORUM_THREAD_ENTITY_POST', thread)
  await watches(story, bob, COLD)
  await story.sets(bob, 'FORUM_POST_ALL', { inApp: true, byEmail: false })
  const memberId = Number(bob.id)
  await db.subscription.updateMany({ where: { entityId: thread.id }, data: { shouldNotifyByEmail: false } })
  chain.postAdded({ by: dave, in: thread, text: 'Hello' })
  chain.announcingPeriodStarted()
  await story.notify()
  await db.signIn.create({ data: { memberId, signedAt: new Date() } })
  await inTransaction(pool, (transaction) => endTokens(transaction, [memberId]))
  const since = new Date()
  await db.suppression.create({ data: { address: 'bob@example.org', mailbox: 'x', reason: 'BOUNCED', since } })
  const member = (...args: string[]) => runScript('member.ts', [bob.id, ...args], story.url)
  return { story, bob, thread, member }
}

test('member: prints what is known of a member', async () => {
  const { bob, thread, member } = await known()
  const { code, stdout } = await member()
  expect(code).toBe(0)
  expect(stdout.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, '<time>').split('\n')).toEqual([
    `Member ${bob.id} (Bob�[2J), registered here at <time>`,
    'Address: bob@example.org',
    'Waits for its confirmation: new@example.org',
    'Nothing is sent there since <time>: an email was returned: the address does not exist, or receives none',
    'Emails: weekly on Friday at 9:00 (time zone Europe/Berlin), mentions and elections at once',
    'Emails are paused until <time>',
    'Notifications of the last 30 days: 2. Emailed: 0, waiting: 1, failed: 0, not emailed: 1',
    'Watches: 1, mutes: 0',
    `Counts the votes of ${COLD.address()} as theirs, since <time>: “cold wallet”`,
    'Any new post (FORUM_POST_ALL): on in the app, off by email',
    'Last signed in at <time>',
    'All tokens were ended once, last at <time>',
    'The last changes of settings, newest first:',
    `  <time>  Posts in this thread (FORUM_THREAD_ENTITY_POST) ${thread.id}: app on and email on, then app on and email off`,
    '  <time>  Any new post (FORUM_POST_ALL): none, then app on and email off',
    `  <time>  Posts in this thread (FORUM_THREAD_ENTITY_POST) ${thread.id}: none, then app on and email on`,
    '',
  ])
  expect(JSON.parse((await member('--json')).stdout)).toMatchObject({
    id: Number(bob.id),
    email: 'bob@example.org',
    suppressed: { reason: 'BOUNCED' },
    settings: [{ kind: 'FORUM_POST_ALL', shouldNotify: true, shouldNotifyByEmail: false }],
    notifications: { days: 30, total: 2, waiting: 1, notEmailed: 1 },
    accounts: [{ address: COLD.address(), label: 'cold wallet' }],
    tokensEnded: 1,
  })
})

test('member --unsubscribe: switches all email off, and cancels what waits, as the member’s own unsubscribing does', async () => {
  const { story, bob, member } = await known()
  await story.member('carol')
  const { code, stdout } = await member('--unsubscribe')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^All email to this member is off, as if they had unsubscribed: .*\n\nMember/)
  expect(stdout).toMatch(/^Emails: off$/m)
  const members = await story.db.member.findMany({ orderBy: { id: 'asc' } })
  expect(members.map(({ receiveEmails }) => receiveEmails)).toEqual([false, true])
  expect(await story.notificationOf(bob)).toMatchObject({
    emailStatus: 'IGNORED',
    emailStatusReason: 'the member unsubscribed from it',
  })
  expect(JSON.parse((await member('--unsubscribe', '--json')).stdout)).toMatchObject({ receiveEmails: false })
})

test('member: a membership that is not registered', async () => {
  const story = await createStory()
  expect(await runScript('member.ts', ['77', '--unsubscribe'], story.url)).toEqual({
    code: 1,
    stdout: 'Membership 77 is not registered here.\n',
    stderr: '',
  })
  const { code, stdout } = await runScript('member.ts', ['77', '--json'], story.url)
  expect([code, JSON.parse(stdout)]).toEqual([1, { error: 'Membership 77 is not registered here.' }])
})

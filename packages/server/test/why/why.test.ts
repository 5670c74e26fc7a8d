import { type Member, mention } from 'query-node'
import { expect, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { everyone, everyoneBut, members, type Rule, watchersOf } from '../../src/events/define.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import type { Reader } from '../../src/inbox/why/email-words.ts'
import { explainEvent, explainEvents } from '../../src/inbox/why/explain.ts'
import { find } from '../../src/inbox/why/find.ts'
import { recordNotifications } from '../../src/notifier/audience/resolve.ts'
import type { UnderstoodEvent } from '../../src/notifier/audience/understand.ts'
import { cancel } from '../../src/outbox/enqueue.ts'
import type { Outcome } from '../../src/outbox/provider.ts'
import { recordingProvider, type Story, stories } from '../support/story.ts'

const createStory = stories()
const CIRCUMSTANCES = { emailMaxAgeMs: 86_400_000, canSend: true, emailsPerHour: 0, emailDelaySeconds: 0 }
const RAW = '452 4.2.2 mailbox of <bob@example.org> is full'

/** Dave's thread, in a category. */
async function forum(story: Story) {
  const { chain } = story
  const dave = await story.member('dave')
  const category = chain.categoryCreated('General')
  const thread = chain.threadCreated({ by: dave, in: category, title: 'Plants', text: 'Water them.' })
  await story.begins()
  return { dave, category, thread }
}

/** Records an event with these rules. */
function record(story: Story, rules: Rule[], { id = 'OLYMPIA-5-1', ...rest }: Partial<UnderstoodEvent> = {}) {
  const meta = { id, type: 'PostAdded', block: 5, indexInBlock: 1, time: new Date() }
  const event: UnderstoodEvent = {
    ...meta,
    entityId: '7',
    actorId: undefined,
    rules,
    fact: { key: `5:${rest.type}:${id}`, rank: 0 },
    data: {},
    sources: [],
    withdraws: [],
    endsTokensOf: [],
    source: { ...meta, row: {} },
    ...rest,
  }
  return inTransaction(story.pool, (transaction) => recordNotifications(transaction, [event], CIRCUMSTANCES))
}

/** The newest event that was read. */
const newest = ({ db }: Story) => db.event.findFirstOrThrow({ orderBy: { number: 'desc' } })

/** The only explanation of an event, for a member, without the times in it. */
async function why(story: Story, member: Member, eventId?: string, reader: Reader = 'member') {
  const id = eventId ?? (await newest(story)).id
  const [one, ...others] = await explainEvent(story.pool, Number(member.id), id, { whyDays: 90, reader })
  expect(others).toEqual([])
  if (!one) throw new Error('There is no explanation')
  const withoutTimes = (text: string) => text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, '<time>')
  const steps = Object.fromEntries(one.steps.map(({ label, text }) => [label, withoutTimes(text)]))
  return { ...one, outcome: withoutTimes(one.outcome), steps }
}

test('who was notified reads for which reason, what else would have done it, and what became of the email', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const { dave, thread } = await forum(story)
  await story.wants(bob, 'FORUM_POST_ALL')
  story.chain.postAdded({ by: dave, in: thread, text: mention(bob) })
  await story.notify()
  const event = await newest(story)
  const notification = await story.notificationOf(bob)
  expect(await why(story, bob)).toMatchObject({
    eventType: 'PostAdded',
    eventId: event.id,
    time: event.time,
    title: 'dave mentioned you in “Plants”',
    notificationId: notification.id,
    outcome: 'You were notified in the app and by email, because you were mentioned.',
    steps: {
      Event: `dave mentioned you in “Plants”: PostAdded ${event.id}, block ${event.block}, <time>, read at <time>.`,
      'A post mentions me':
        'Sent when someone mentions you in a forum post, or adds a mention of you to one. This concerned you. You had not changed it: it is on unless a member changes it. This is why you were notified.',
      'A reply to my post': 'Sent when someone replies to your post. This concerned nobody.',
      'A post in a thread that I started':
        'Sent when someone posts in a thread that you started. This concerned 1 member, and not you.',
      'Posts in this thread': `For members who watch the thread ${thread.id}. You did not watch it.`,
      'Any new post':
        'Sent when someone posts anywhere in the forum. You had it on, since <time>. It would have notified you too.',
      Notification: `Recorded at <time> as number ${notification.id}, in the app, still unread.`,
      Email: 'The email provider accepted it at <time>.',
    },
  })
  expect((await why(story, bob, event.id, 'operator')).steps.Email).toBe(
    `test accepted it to bob@example.org at <time>, as provider-${(await story.db.email.findFirstOrThrow()).id}.`,
  )
  expect((await why(story, bob)).steps).not.toHaveProperty('Delivery')
  expect(await find(story.pool, Number(bob.id), String(notification.id))).toMatchObject({ events: [{ id: event.id }] })
})

test('who was not notified reads that it was switched off then, though it is on by now', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const { dave, thread } = await forum(story)
  await story.refuses(bob, 'FORUM_POST_MENTION')
  story.chain.postAdded({ by: dave, in: thread, text: mention(bob) })
  await story.notify()
  await story.db.subscription.updateMany({ data: { shouldNotify: true, shouldNotifyByEmail: true } })
  const { outcome, steps, notificationId } = await why(story, bob)
  expect(notificationId).toBeNull()
  expect(outcome).toBe('You were not notified: it was switched off in your settings (“A post mentions me”).')
  expect(steps['A post mentions me']).toMatch(
    /This concerned you. You had it off, since <time>. So it did not notify you.$/,
  )
})

test('who deleted their setting since reads what it was', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const { dave, thread } = await forum(story)
  await story.sets(bob, 'FORUM_POST_ALL', { inApp: true, byEmail: false })
  story.chain.postAdded({ by: dave, in: thread, text: 'Hello' })
  await story.notify()
  await story.db.subscription.deleteMany()
  const { outcome, steps } = await why(story, bob)
  expect(outcome).toBe(
    'You were notified in the app, because you follow all forum posts, and not by email: switched off for this kind.',
  )
  expect(steps['Any new post']).toMatch(/You had it on in the app and off by email, since <time>. This is why/)
  expect(steps.Email).toBe('No email: switched off for this kind.')
})

test('a mute says what it silenced, and what it was', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const { dave, category, thread } = await forum(story)
  await story.mutes(bob, 'FORUM_THREAD_ENTITY_POST', thread)
  await story.watches(bob, 'FORUM_CATEGORY_ENTITY_POST', category)
  story.chain.postAdded({ by: dave, in: thread, text: mention(bob) })
  await story.notify()
  await story.db.subscription.deleteMany()
  const { outcome, steps } = await why(story, bob)
  const silenced = `Your mute of the thread ${thread.id} silenced it.`
  expect(outcome).toBe(`You were not notified: you had muted the thread ${thread.id}.`)
  expect(steps['A post mentions me']).toContain(silenced)
  expect(steps['Posts in this category']).toContain(`You watched it, on, since <time>. ${silenced}`)
  expect(steps['Posts in this thread']).toBe(
    `For members who watch the thread ${thread.id}. You had muted it, since <time>. A mute silences the other reasons.`,
  )
})

test('whom nothing concerned, who acted, and who registered later read so', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const { dave, thread } = await forum(story)
  story.chain.postAdded({ by: dave, in: thread, text: mention(dave) })
  await story.notify()
  const erin = await story.member('erin')
  await story.wants(erin, 'FORUM_POST_ALL')
  expect(await why(story, bob)).toMatchObject({
    title: 'dave posted in “Plants”',
    outcome:
      'You were not notified: nothing that you had switched on, and nothing that you watched, concerned this event.',
    steps: { 'Any new post': expect.stringMatching(/You had not changed it: it is off unless a member changes it.$/) },
  })
  const his = await why(story, dave)
  expect(his.outcome).toBe('You were not notified: you did this yourself.')
  expect(his.steps['A post mentions me']).toMatch(
    /It would have notified you, but you did this yourself, or were told of it/,
  )
  expect((await why(story, erin)).outcome).toBe('You were not notified: you registered here later, at <time>.')
})

test('who was told of the same fact by another event reads by which', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const rules = [everyone('ELECTION_COUNCIL_ELECTED')]
  await record(story, rules, { id: 'OLYMPIA-5-1', type: 'ProposalDecisionMade', fact: { key: '5:same', rank: 2 } })
  await record(story, rules, { id: 'OLYMPIA-5-2', fact: { key: '5:same', rank: 1 } })
  expect((await why(story, bob, 'OLYMPIA-5-2')).outcome).toBe(
    'You were not notified of this event, but of ProposalDecisionMade OLYMPIA-5-1, which says the same.',
  )
  expect((await why(story, bob, 'OLYMPIA-5-1')).outcome).toMatch(/^You were notified in the app/)
})

test('events of several types that have one id are explained one by one', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await record(story, [everyone('FORUM_POST_ALL')])
  await record(story, [everyone('ELECTION_COUNCIL_ELECTED')], { type: 'NewCouncilElected' })
  const both = await explainEvent(story.pool, Number(bob.id), 'OLYMPIA-5-1', { whyDays: 90, reader: 'member' })
  expect(both.map(({ eventType, notificationId }) => [eventType, notificationId !== null])).toEqual([
    ['PostAdded', false],
    ['NewCouncilElected', true],
  ])
})

test('an event of thousands of members and things is explained briefly, and without the names of others', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const carol = await story.member('carol')
  const crowd = Array.from({ length: 100_000 }, (_, n) => String(n + 1_000_000))
  await record(story, [members('FORUM_THREAD_CONTRIBUTOR', [...crowd, bob.id]), everyone('FORUM_POST_ALL')])
  const his = await why(story, bob, 'OLYMPIA-5-1')
  expect(his.outcome).toMatch(/^You were notified in the app.*, because you posted in this thread/)
  expect(his.steps['A post in a thread that I posted in']).toMatch(
    /It named 100001 members; who they are was not kept.$/,
  )
  expect((await why(story, carol, 'OLYMPIA-5-1')).outcome).toMatch(/^You were not notified. Why cannot be told: /)

  const watched = Array.from({ length: 500 }, (_, n) => watchersOf('FORUM_CATEGORY_ENTITY_POST', `c${n}`))
  await story.watches(carol, 'FORUM_CATEGORY_ENTITY_POST', { id: 'c499' })
  await record(story, watched, { id: 'OLYMPIA-6-1' })
  const [hers] = await explainEvent(story.pool, Number(carol.id), 'OLYMPIA-6-1', { whyDays: 90, reader: 'member' })
  expect(hers?.outcome).toMatch(/because you watch this thread's category/)
  expect(hers?.steps.length).toBeLessThan(40)
  expect(hers?.steps.find(({ text }) => text.includes('the category c499'))?.text).toMatch(
    /This is why you were notified.$/,
  )
  expect(hers?.steps.find(({ label }) => label === 'More reasons')?.text).toBe(
    '470 others, none of which concerned you.',
  )
  expect(JSON.stringify([his, hers])).not.toContain('1000007')
})

test('who was left out on purpose reads so, and who had it switched off reads that', async () => {
  const story = await createStory()
  const { member } = story
  const [bob, carol, dora, eve] = [
    await member('bob'),
    await member('carol'),
    await member('dora'),
    await member('eve'),
  ]
  await story.refuses(carol, 'ELECTION_VOTING_STARTED')
  const rules = [everyoneBut('ELECTION_VOTING_STARTED', [bob.id, carol.id, '1000007']), everyone('FORUM_POST_ALL')]
  await record(story, rules)
  const leftOut =
    'You were not notified: you were left out on purpose, because it did not concern you (“Voting begins”).'
  const his = await why(story, bob)
  expect(his.outcome).toBe(leftOut)
  expect(his.steps['Voting begins']).toBe(
    'Sent when voting in a council election begins. It left out 3 members on purpose, whom it did not concern, and you were one of them. You had not changed it: it is on unless a member changes it.',
  )
  expect((await why(story, carol)).outcome).toBe(
    'You were not notified: nothing that you had switched on, and nothing that you watched, concerned this event.',
  )
  const hers = await why(story, dora)
  expect(hers.outcome).toMatch(/^You were notified in the app, because you follow council elections/)
  expect(hers.steps['Voting begins']).not.toContain('on purpose')

  // What the member changed since does not count.
  await story.refuses(bob, 'ELECTION_VOTING_STARTED')
  expect((await why(story, bob)).outcome).toBe(leftOut)

  const crowd = Array.from({ length: 20_000 }, (_, n) => String(n + 1_000_000))
  await record(story, [everyoneBut('ELECTION_VOTING_STARTED', [...crowd, eve.id])], { id: 'OLYMPIA-6-1' })
  const many = await why(story, eve, 'OLYMPIA-6-1')
  expect(many.outcome).toMatch(/^You were not notified. Why cannot be told: /)
  expect(many.steps['Voting begins']).toContain(
    'It left out 20001 members on purpose, whom it did not concern; who they are was not kept.',
  )
  expect(JSON.stringify([his, hers, many])).not.toContain('1000007')
})

test('an event that is not known is one that was not read yet, was set aside, waits, or is forgotten', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  expect((await why(story, bob, 'OLYMPIA-5-1')).outcome).toMatch(/this service has not read any event yet.$/)
  await story.begins()
  const block = story.chain.head
  expect((await why(story, bob, `OLYMPIA-${block + 1}-1`)).outcome).toBe(
    `The event OLYMPIA-${block + 1}-1 was not read yet: this service has read all events up to block ${block}.`,
  )
  expect((await why(story, bob, 'OLYMPIA-5-1')).outcome).toMatch(
    /^No event OLYMPIA-5-1 is known: .* forgotten by now.$/,
  )

  story.expectLog(/^Set aside PostAdded/)
  story.chain.raise('PostAddedEvent', { postId: '500', isEditable: true, text: 'lost' })
  await story.notify()
  const { id } = await story.db.setAsideEvent.findFirstOrThrow()
  const aside = await why(story, bob, id)
  expect(aside).toMatchObject({ eventType: 'PostAdded', steps: {} })
  expect(aside.outcome).toMatch(
    /^Nobody was notified yet: the event could not be understood. It is tried again after <time>/,
  )
  expect((await why(story, bob, id, 'operator')).steps.Error).toContain('500')

  await story.db.waitingEvent.create({
    data: { id: 'OLYMPIA-9-9', type: 'PostAdded', block: 9, row: {}, kind: 'thread', listId: '1' },
  })
  expect((await why(story, bob, 'OLYMPIA-9-9')).outcome).toMatch(/waits until all posts of a long thread are read/)
})

test('of old events it says what is not known any more', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const carol = await story.member('carol')
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  await story.db.$executeRaw`UPDATE "Event" SET "createdAt" = "createdAt" - interval '100 days'`
  await story.db.$executeRaw`UPDATE "Member" SET "createdAt" = "createdAt" - interval '101 days'`
  const doubtful = await why(story, bob)
  expect(doubtful.outcome).toMatch(/^You were notified in the app and by email/)
  expect(doubtful.steps['Settings at the time']).toMatch(
    /^Changes of settings are not known back to this event \(they are kept for 90 days/,
  )
  await story.db.notification.deleteMany({ where: { memberId: Number(carol.id) } })
  await story.db.$executeRaw`UPDATE "Event" SET rules = NULL`
  expect((await why(story, bob)).outcome).toMatch(/^You were notified in the app and by email/)
  expect((await why(story, carol)).outcome).toBe(
    'You were not notified. Why is not known any more: the reasons of events are kept for 90 days.',
  )
})

test('what disagrees with what was recorded is said', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  await story.db.notification.deleteMany()
  expect((await why(story, bob)).outcome).toMatch(
    /^Your settings at the time would have notified you .*: it was deleted, or/,
  )
  await story.db.event.deleteMany()
  await record(story, [everyone('ELECTION_VOTING_STARTED')])
  await story.db.$executeRaw`UPDATE "Notification" SET kind = 'FORUM_POST_ALL'`
  expect((await why(story, bob)).steps['Settings at the time']).toMatch(/^They do not lead to what was recorded/)
})

test('a notification of the replaced backend says that no more was kept', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await story.db.notification.create({
    data: { memberId: Number(bob.id), kind: 'FORUM_POST_ALL', eventId: 'OLYMPIA-2-1', emailStatus: 'SENT' },
  })
  expect(await why(story, bob, 'OLYMPIA-2-1')).toMatchObject({
    outcome:
      'You were notified, because you follow all forum posts. The backend before this service did it, and kept no more than that.',
    steps: { Email: 'It was sent by the replaced backend.' },
  })
})

test('text that was taken back is in no explanation', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const { dave, thread } = await forum(story)
  const post = story.chain.postAdded({ by: dave, in: thread, text: `Rude words to ${mention(bob)}` })
  await story.notify()
  const { id } = await newest(story)
  story.chain.postModerated(post)
  story.chain.threadModerated(thread)
  await story.notify()
  const explained = await why(story, bob, id)
  expect(explained.title).toBe('dave mentioned you in a removed thread')
  expect(explained.steps.Event).toMatch(/Its text was taken back at <time>.$/)
  expect(JSON.stringify(explained)).not.toMatch(/Rude|Plants/)
})

test('an email that fails reads in our words for the member, and in the provider’s for the operator', async () => {
  const outcome = { result: 'failed', reason: RAW } as const
  const story = await createStory({ provider: recordingProvider([], () => outcome) })
  const bob = await story.member('bob')
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  const his = await why(story, bob)
  expect(his.outcome).toMatch(
    /^You were notified in the app, because .*. An email waits to be sent: the mailbox did not accept it.$/,
  )
  expect(his.steps.Email).toBe(
    'It waits until <time>. It has failed since <time>, with 1 attempt of 3 counted: the mailbox did not accept it.',
  )
  expect((await why(story, bob, undefined, 'operator')).steps.Email).toContain(RAW)
  expect(JSON.stringify(his)).not.toContain('452')
  for (const _ of ['second attempt', 'last attempt']) {
    await story.db.$executeRaw`UPDATE "Email" SET "sendAt" = now()`
    await story.notify()
  }
  expect(await why(story, bob)).toMatchObject({
    outcome: expect.stringMatching(/and not by email: the mailbox did not accept it.$/),
    steps: { Email: 'Given up at <time>, after 3 attempts: the mailbox did not accept it.' },
  })
})

test.each([
  ['delivered', /^You were notified in the app and by email/, 'delivered to the mailbox'],
  ['bounced', /and not by email: the mailbox refused it.$/, 'the mailbox refused it'],
  ['dropped', /and not by email: the provider did not try/, 'the provider did not try to deliver it'],
  ['complained', /^You were notified in the app and by email/, 'it was marked as spam'],
  ['a report of later', /^You were notified in the app and by email/, 'something that this version does not know'],
])(
  'an email that the provider reports as %s says so, in its words for the operator only',
  async (reported, outcome, says) => {
    const story = await createStory()
    const bob = await story.member('bob')
    await story.begins()
    story.chain.announcingPeriodStarted()
    await story.notify()
    await story.db.email.updateMany({ data: { reported, reportedAt: new Date(), reportedReason: RAW } })
    const his = await why(story, bob)
    expect(his.outcome).toMatch(outcome)
    expect(his.steps.Delivery).toBe(`The email provider reported at <time>: ${says}.`)
    expect((await why(story, bob, undefined, 'operator')).steps.Delivery).toBe(
      `The email provider reported at <time>: ${says}: ${RAW}.`,
    )
  },
)

const NOT_SAID = 'the email provider did not say whether it had sent it'

test.each([
  [
    'unsubscribed while it waited',
    'the member unsubscribed from it',
    ({ pool }: Story) => inTransaction(pool, (transaction) => cancel(transaction, Prisma.sql`true`, 'UNSUBSCRIBED')),
  ],
  [
    'read it in the app before the next attempt',
    'it was read in the app before',
    async (story: Story) => {
      await story.db.notification.updateMany({ data: { isRead: true } })
      await story.db.email.updateMany({ data: { sendAt: new Date() } })
      await story.pauseEnds()
      await story.notify()
    },
  ],
])(
  'an email of which nobody knows whether it was sent may have arrived, though its member %s',
  async (_, why_, act) => {
    const story = await createStory({ provider: recordingProvider([], () => ({ result: 'unknown', reason: RAW })) })
    story.expectLog(/Sending has stopped/)
    const bob = await story.member('bob')
    await story.begins()
    story.chain.announcingPeriodStarted()
    await story.notify()
    expect((await why(story, bob)).steps.Email).toMatch(new RegExp(`It may have arrived already: ${NOT_SAID}\\.$`))
    await act(story)
    expect(await story.db.email.findFirstOrThrow()).toMatchObject({ status: 'IGNORED' })
    for (const reader of ['member', 'operator'] as const) {
      const { outcome, steps } = await why(story, bob, undefined, reader)
      expect(outcome).toBe(
        `You were notified in the app, because you follow council elections. Whether an email arrived too is not known: the email provider did not confirm it before it was cancelled (${why_}).`,
      )
      expect(steps.Email).toBe(`Cancelled at <time>: ${why_}. It may have arrived all the same: ${NOT_SAID}.`)
    }
    await story.db.notification.updateMany({ data: { inApp: false } })
    expect((await why(story, bob)).outcome).toMatch(
      /^You were to be notified by email only, because .*\. Whether the email arrived is not known: /,
    )
  },
)

test('an email that was given up may have arrived, if any attempt was not confirmed', async () => {
  let outcome: Outcome = { result: 'unknown', reason: RAW }
  const story = await createStory({ provider: recordingProvider([], () => outcome) })
  story.expectLog(/Sending has stopped/)
  const bob = await story.member('bob')
  const givenUp = async (failureCode: string) => {
    for (let n = 0; n < 3 && (await story.db.email.count({ where: { status: 'PENDING' } })); n++) {
      await story.db.email.updateMany({ data: { sendAt: new Date() } })
      await story.pauseEnds()
      await story.notify()
    }
    expect(await story.db.email.findFirstOrThrow()).toMatchObject({ status: 'FAILED', failureCode })
    return why(story, bob)
  }
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  expect(await givenUp('OUTCOME_UNKNOWN')).toMatchObject({
    outcome: expect.stringMatching(
      /Whether an email arrived too is not known: the email provider did not confirm it.$/,
    ),
    steps: {
      Email: `Given up at <time>, after 3 attempts: the email provider did not confirm it. It may have arrived all the same: ${NOT_SAID}.`,
    },
  })
  await story.db.email.updateMany({ data: { status: 'PENDING', attempts: 1 } })
  outcome = { result: 'rejected', reason: RAW }
  expect(await givenUp('RECIPIENT_REFUSED')).toMatchObject({
    outcome: expect.stringMatching(
      /is not known: an earlier attempt was not confirmed, and the last one failed: the address cannot receive emails.$/,
    ),
    steps: { Email: expect.stringMatching(/It may have arrived all the same/) },
  })
  await story.db.email.updateMany({ data: { status: 'PENDING', attempts: 0, provider: null, failureCode: null } })
  expect(await givenUp('RECIPIENT_REFUSED')).toMatchObject({
    outcome: expect.stringMatching(/and not by email: the address cannot receive emails.$/),
    steps: { Email: 'Given up at <time>, after 1 attempt: the address cannot receive emails.' },
  })
})

test('who had no emails then reads since when, though they have them by now', async () => {
  const story = await createStory()
  const { db, chain } = story
  const bob = await story.member('bob')
  const carol = await story.member('carol', { email: null })
  const dave = await story.member('dave', { pauseEmailsUntil: new Date(Date.now() + 60 * 60 * 1000) })
  const id = Number(bob.id)
  await story.begins()
  await db.member.update({ where: { id }, data: { receiveEmails: false } })
  await db.member.update({ where: { id: Number(dave.id) }, data: { emailFrequency: 'DAILY' } })
  chain.announcingPeriodStarted()
  await story.notify()
  await db.member.updateMany({ data: { receiveEmails: true, emailFrequency: 'HOURLY', pauseEmailsUntil: null } })
  await db.member.update({ where: { id: Number(carol.id) }, data: { email: 'carol@example.org' } })
  const then = async (member: Member) => (await why(story, member)).steps['Your emails then']
  expect(await then(bob)).toBe('You had switched all of them off, since <time>.')
  expect(await then(carol)).toBe('You had no confirmed address.')
  expect(await then(dave)).toBe('They came in a daily digest, since <time>, and were paused until <time>.')
  expect((await why(story, bob)).steps.Email).toBe('No email: the member receives no emails.')
})

test('an email that waits for a provider that accepts nothing says so', async () => {
  const story = await createStory({ provider: recordingProvider([], () => ({ result: 'unavailable', reason: RAW })) })
  story.expectLog(/Sending has stopped/)
  const bob = await story.member('bob')
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  const his = await why(story, bob)
  expect(his.steps.Sending).toBe('The email provider accepts nothing at the moment.')
  expect(JSON.stringify(his)).not.toContain('452')
  expect((await why(story, bob, undefined, 'operator')).steps.Sending).toBe(
    `test has accepted nothing since <time>, next attempt at <time>: ${RAW}`,
  )
  await story.db.sendingPause.deleteMany()
  expect((await why(story, bob)).steps).not.toHaveProperty('Sending')
})

test('news in a digest says so, and when it is due', async () => {
  const story = await createStory()
  const bob = await story.member('bob', { emailFrequency: 'DAILY', urgentImmediately: false })
  await story.begins()
  story.chain.announcingPeriodStarted()
  story.chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  const { outcome, steps } = await why(story, bob)
  expect(outcome).toMatch(/An email waits to be sent.$/)
  expect(steps.Email).toBe('It waits until <time>. It is a digest, with 1 other notification.')
  await story.db.notification.updateMany({ data: { isRead: true } })
  await story.db.$executeRaw`UPDATE "Email" SET "sendAt" = now()`
  await story.notify()
  expect((await why(story, bob)).steps.Email).toMatch(/^Not sent: it was read in the app before \(decided at <time>\)/)
  await story.db.email.deleteMany()
  expect((await why(story, bob)).steps.Email).toBe('No email: its email was deleted.')
})

test('a link of Pioneer finds the newest events about its page', async () => {
  const story = await createStory()
  const { pool, chain } = story
  const bob = await story.member('bob')
  const { dave, thread } = await forum(story)
  const posts = Array.from({ length: 12 }, (_, n) => chain.postAdded({ by: dave, in: thread, text: `Post ${n}` }))
  chain.announcingPeriodStarted()
  await story.notify()
  const id = Number(bob.id)
  const host = 'https://pioneerapp.xyz'
  const all = await find(pool, id, `${host}/#/forum/thread/${thread.id}`)
  if (all.what !== 'events') throw new Error('No events were found')
  expect(all).toMatchObject({ total: 12 })
  expect(all.events.map(({ data }) => data.postId)).toEqual(
    posts
      .slice(2)
      .map(({ id }) => id)
      .reverse(),
  )
  expect(await find(pool, id, `#/forum/thread/${thread.id}/?post=${posts[3]?.id}`)).toMatchObject({
    events: [{ data: { postId: posts[3]?.id } }],
    total: 1,
  })
  expect(await find(pool, id, `${host}/#/election`)).toMatchObject({
    events: [{ type: 'AnnouncingPeriodStarted' }],
    total: 1,
  })
  const nothing = { what: 'nothing', because: expect.any(String) }
  for (const link of [
    '#/forum/thread/999999',
    '#/members',
    '#/',
    `#/forum/thread/${'9'.repeat(100_000)}`,
    "#/forum/thread/1'--",
  ]) {
    expect(await find(pool, id, link)).toEqual(nothing)
  }
  const stories = await explainEvents(pool, id, all.events, { whyDays: 90, reader: 'operator' })
  expect(stories).toHaveLength(10)
})

test('the number of another member’s notification, or of none, is taken for the id of an event', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const carol = await story.member('carol')
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  const { id } = await story.notificationOf(carol)
  for (const text of [String(id), '99999999999999999999', '0']) {
    expect(await find(story.pool, Number(bob.id), text)).toEqual({ what: 'event id', id: text })
  }
})

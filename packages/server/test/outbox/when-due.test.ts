import { mention } from 'query-node'
import { expect, test } from 'vitest'
import type { EntityKindName } from '../../src/events/kinds.ts'
import { type ReasonCode, reasons } from '../../src/outbox/reasons.ts'
import { recordingProvider, type Story, stories } from '../support/story.ts'

const createStory = stories()

/** Dave posts in a thread within two categories. Bob, and Carol like him, are told, and their emails wait. */
async function waiting(
  text: (mentions: string) => string,
  prepare: (forum: Forum) => Promise<unknown> = async () => {},
) {
  const provider = { open: false }
  const sent: Story['sent'] = []
  const story = await createStory({
    provider: recordingProvider(sent, () =>
      provider.open
        ? { result: 'sent', messageId: null }
        : { result: 'unavailable', reason: 'closed', retryAfterMs: 0 },
    ),
  })
  story.expectLog(/closed/)
  const { chain, db } = story
  const [bob, carol] = [await story.member('bob'), await story.member('carol')]
  const dave = story.stranger('dave')
  const outer = chain.categoryCreated('Outer')
  const inner = chain.categoryCreated('Inner', { parent: outer })
  const thread = chain.threadCreated({ by: dave, in: inner, title: 'Plants', text: 'Water them.' })
  const other = chain.threadCreated({ by: dave, in: outer, title: 'Animals', text: 'Feed them.' })
  const forum = { ...story, bob, carol, outer, inner, thread, other }
  await prepare(forum)
  await story.begins()
  chain.postAdded({ by: dave, in: thread, text: text(`${mention(bob)} ${mention(carol)}`) })
  await story.notify()
  expect((await db.email.findMany()).map(({ status }) => status)).toEqual(['PENDING', 'PENDING'])
  /** The emails are due again. @returns what became of bob's and carol's: sent, or the reason */
  async function due(): Promise<(string | null)[]> {
    provider.open = true
    await story.pauseEnds()
    await story.db.email.updateMany({ where: { status: 'PENDING' }, data: { sendAt: new Date(0), leaseUntil: null } })
    await story.notify()
    const emails = await db.email.findMany({ orderBy: { memberId: 'asc' } })
    const outcomes = emails.map(({ status, reason }) => (status === 'IGNORED' ? reason : status))
    expect(sent.map(({ to }) => to).sort()).toEqual(
      ['bob@example.org', 'carol@example.org'].filter((_, n) => outcomes[n] === 'SENT'),
    )
    return outcomes
  }
  return { forum, due }
}

type Forum = Omit<Story, 'thread'> & {
  bob: ReturnType<Story['stranger']>
  carol: ReturnType<Story['stranger']>
  outer: { id: string }
  inner: { id: string }
  thread: { id: string }
  other: { id: string }
}
type Change = (forum: Forum) => Promise<unknown>
type Case = [what: string, change: Change, expected: ReasonCode | 'SENT']

const THREAD = 'FORUM_THREAD_ENTITY_POST'
const CATEGORY = 'FORUM_CATEGORY_ENTITY_POST'

const settingOf = ({ bob }: Forum, kind: EntityKindName) => ({ memberId: Number(bob.id), kind })
const unwatches = (forum: Forum, kind: EntityKindName, entity: { id: string }) =>
  forum.db.subscription.deleteMany({ where: { ...settingOf(forum, kind), entityId: entity.id } })
const turns = (forum: Forum, kind: EntityKindName, entity: { id: string }, inApp: boolean, byEmail: boolean) =>
  forum.db.subscription.updateMany({
    where: { ...settingOf(forum, kind), entityId: entity.id },
    data: { shouldNotify: inApp, shouldNotifyByEmail: byEmail },
  })
const reads = ({ db, bob }: Forum, data: object) =>
  db.notification.updateMany({ where: { memberId: Number(bob.id) }, data })
const forgetsRules = ({ db }: Forum) => db.$executeRaw`UPDATE "Event" SET rules = NULL, "actorId" = NULL`
const keepsCounts = ({ db }: Forum) => db.$executeRaw`UPDATE "Event" SET rules = jsonb_build_object('counts', rules)`
const keepsSums = ({ db }: Forum) => db.$executeRaw`UPDATE "Event" SET rules = '{"sums": []}'`
const all =
  (...changes: Change[]): Change =>
  async (forum) => {
    for (const change of changes) await change(forum)
  }

const mentioned: Case[] = [
  ['nothing changed', async () => {}, 'SENT'],
  ['it was read', (forum) => reads(forum, { isRead: true }), 'READ'],
  ['it was archived', (forum) => reads(forum, { isRead: true, isArchived: true }), 'READ'],
  ['the kind was switched off', ({ refuses, bob }) => refuses(bob, 'FORUM_POST_MENTION'), 'SWITCHED_OFF'],
  [
    'its email was switched off',
    ({ sets, bob }) => sets(bob, 'FORUM_POST_MENTION', { inApp: true, byEmail: false }),
    'SWITCHED_OFF',
  ],
  [
    'only its email stayed on',
    ({ sets, bob }) => sets(bob, 'FORUM_POST_MENTION', { inApp: false, byEmail: true }),
    'SENT',
  ],
  ['another kind was switched off', ({ refuses, bob }) => refuses(bob, 'FORUM_POST_REPLY'), 'SENT'],
  ['the thread was muted', ({ mutes, bob, thread }) => mutes(bob, THREAD, thread), 'MUTED'],
  ['its category was muted', ({ mutes, bob, inner }) => mutes(bob, CATEGORY, inner), 'MUTED'],
  ['an outer category was muted', ({ mutes, bob, outer }) => mutes(bob, CATEGORY, outer), 'MUTED'],
  ['another thread was muted', ({ mutes, bob, other }) => mutes(bob, THREAD, other), 'SENT'],
  [
    'only new threads of the category were muted',
    ({ mutes, bob, inner }) => mutes(bob, 'FORUM_CATEGORY_ENTITY_THREAD', inner),
    'SENT',
  ],
  ['the thread is watched too', ({ watches, bob, thread }) => watches(bob, THREAD, thread), 'SENT'],
  [
    'the thread is watched in the app only',
    all(
      ({ watches, bob, thread }) => watches(bob, THREAD, thread),
      (forum) => turns(forum, THREAD, forum.thread, true, false),
    ),
    'SENT',
  ],
  [
    'the thread is watched and its category muted',
    all(
      ({ watches, bob, thread }) => watches(bob, THREAD, thread),
      ({ mutes, bob, inner }) => mutes(bob, CATEGORY, inner),
    ),
    'MUTED',
  ],
  [
    'it was taken back while a notifier had claimed it',
    ({ db }) => db.$executeRaw`UPDATE "Event" SET "withdrawnAt" = now() FROM "Notification" n
      JOIN "Member" m ON m.id = n."memberId" WHERE m.name = 'bob' AND number = n."eventNumber"`,
    'WITHDRAWN',
  ],
  [
    'its rules are no longer known, and the kind was switched off',
    all(forgetsRules, ({ refuses, bob }) => refuses(bob, 'FORUM_POST_MENTION')),
    'SWITCHED_OFF',
  ],
  [
    'its rules are no longer known, and it was read',
    all(forgetsRules, (forum) => reads(forum, { isRead: true })),
    'READ',
  ],
  [
    'its rules are no longer known, and the thread was muted',
    all(forgetsRules, ({ mutes, bob, thread }) => mutes(bob, THREAD, thread)),
    'SENT',
  ],
  [
    'only counts of its rules are known, and the thread was muted',
    all(keepsCounts, ({ mutes, bob, thread }) => mutes(bob, THREAD, thread)),
    'MUTED',
  ],
  [
    'only sums of its rules are known, and the thread was muted',
    all(keepsSums, ({ mutes, bob, thread }) => mutes(bob, THREAD, thread)),
    'SENT',
  ],
]

test.each(mentioned)(
  'whether the email of a mention is sent is asked again when it is due: %s',
  async (what, change, expected) => {
    const { forum, due } = await waiting((mentions) => `Look, ${mentions}`)
    await change(forum)
    // The post itself is taken back, for everybody.
    expect(await due()).toEqual([expected, what.includes('taken back') ? expected : 'SENT'])
  },
)

const watched: Case[] = [
  ['nothing changed', async () => {}, 'SENT'],
  ['the watch was removed', (forum) => unwatches(forum, THREAD, forum.thread), 'NOT_WATCHED'],
  ['the watch became a mute', (forum) => turns(forum, THREAD, forum.thread, false, false), 'MUTED'],
  ['the watch is in the app only', (forum) => turns(forum, THREAD, forum.thread, true, false), 'SWITCHED_OFF'],
  ['the watch is by email only', (forum) => turns(forum, THREAD, forum.thread, false, true), 'SENT'],
  ['it was read', (forum) => reads(forum, { isRead: true }), 'READ'],
  ['the category of the watched thread was muted', ({ mutes, bob, inner }) => mutes(bob, CATEGORY, inner), 'SENT'],
  [
    'another thread is watched instead',
    all(
      (forum) => unwatches(forum, THREAD, forum.thread),
      ({ watches, bob, other }) => watches(bob, THREAD, other),
    ),
    'NOT_WATCHED',
  ],
  [
    'a category is watched instead',
    all(
      (forum) => unwatches(forum, THREAD, forum.thread),
      ({ watches, bob, inner }) => watches(bob, CATEGORY, inner),
    ),
    'NOT_WATCHED',
  ],
  [
    'its rules are no longer known, and the watch was removed',
    all(forgetsRules, (forum) => unwatches(forum, THREAD, forum.thread)),
    'NOT_WATCHED',
  ],
  [
    'only counts of its rules are known, and the watch became a mute',
    all(keepsCounts, (forum) => turns(forum, THREAD, forum.thread, false, false)),
    'MUTED',
  ],
  [
    'only sums of its rules are known, and the watch became a mute',
    all(keepsSums, (forum) => turns(forum, THREAD, forum.thread, false, false)),
    'NOT_WATCHED',
  ],
  ['its rules are no longer known', forgetsRules, 'SENT'],
  [
    'its rules are no longer known, and another thread is watched instead',
    all(
      forgetsRules,
      (forum) => unwatches(forum, THREAD, forum.thread),
      ({ watches, bob, other }) => watches(bob, THREAD, other),
    ),
    'SENT',
  ],
]

test.each(watched)(
  'whether the email about a watched thread is sent is asked again when it is due: %s',
  async (_, change, expected) => {
    const { forum, due } = await waiting(
      () => 'Hello',
      async ({ watches, bob, carol, thread }) => {
        await watches(bob, THREAD, thread)
        await watches(carol, THREAD, thread)
      },
    )
    await change(forum)
    expect(await due()).toEqual([expected, 'SENT'])
  },
)

const inCategories: Case[] = [
  ['the inner watch was removed', (forum) => unwatches(forum, CATEGORY, forum.inner), 'SENT'],
  ['the outer watch was removed', (forum) => unwatches(forum, CATEGORY, forum.outer), 'SENT'],
  ['both watches were removed', (forum) => unwatchesBoth(forum), 'NOT_WATCHED'],
  ['the inner watch is in the app only', (forum) => turns(forum, CATEGORY, forum.inner, true, false), 'SWITCHED_OFF'],
  ['the outer watch is in the app only', (forum) => turns(forum, CATEGORY, forum.outer, true, false), 'SENT'],
  ['the inner watch became a mute', (forum) => turns(forum, CATEGORY, forum.inner, false, false), 'MUTED'],
  ['the outer watch became a mute', (forum) => turns(forum, CATEGORY, forum.outer, false, false), 'SENT'],
  ['the thread was muted', ({ mutes, bob, thread }) => mutes(bob, THREAD, thread), 'MUTED'],
]
const unwatchesBoth = all(
  (forum) => unwatches(forum, CATEGORY, forum.inner),
  (forum) => unwatches(forum, CATEGORY, forum.outer),
)

test.each(inCategories)(
  'whether the email about watched categories is sent is asked again when it is due: %s',
  async (_, change, expected) => {
    const { forum, due } = await waiting(
      () => 'Hello',
      async ({ watches, bob, carol, inner, outer }) => {
        for (const member of [bob, carol]) {
          await watches(member, CATEGORY, inner)
          await watches(member, CATEGORY, outer)
        }
      },
    )
    await change(forum)
    expect(await due()).toEqual([expected, 'SENT'])
  },
)

test('an email of a kind that is off by default is not sent when the setting for it is gone', async () => {
  const { forum, due } = await waiting(
    () => 'Hello',
    async ({ wants, bob, carol }) => {
      await wants(bob, 'FORUM_POST_ALL')
      await wants(carol, 'FORUM_POST_ALL')
    },
  )
  await forum.db.subscription.deleteMany({ where: { memberId: Number(forum.bob.id) } })
  expect(await due()).toEqual(['SWITCHED_OFF', 'SENT'])
  expect(await forum.notificationOf(forum.bob)).toMatchObject({ emailStatusReason: reasons.SWITCHED_OFF })
})

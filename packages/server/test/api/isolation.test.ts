import { isNonNullType } from 'graphql'
import { type Member, mention } from 'query-node'
import { expect, test } from 'vitest'
import { createWallet, proofOf, watches } from '../support/accounts.ts'
import { serveApi, signed } from '../support/api.ts'
import { documentOf, rootFields } from '../support/documents.ts'
import { watch } from '../support/live.ts'
import { stories } from '../support/story.ts'

const createStory = stories()
const COLD = createWallet('cold')

/** Alice's ids and secrets, which bob tries to reach. */
type Targets = {
  alice: Member
  bob: Member
  ids: number[]
  settings: number[]
  thread: string
  emailToken: string
  /** It told bob. Titles are public, so one without her name. */
  eventId: string
}

/** The arguments that bob tries for each field of the schema. */
const attempts: Record<string, (targets: Targets) => object[]> = {
  'Query.me': () => [{}],
  'Query.memberExist': ({ alice }) => [{ id: Number(alice.id) }],
  'Query.generalSubscriptions': () => [{}, { kind: 'FORUM_POST_REPLY' }, { shouldNotify: false }],
  'Query.entitySubscriptions': ({ settings, thread }) => [
    {},
    ...settings.map((id) => ({ id: String(id) })),
    { kind: 'FORUM_THREAD_ENTITY_POST', entityId: thread },
    { status: 'MUTE' },
  ],
  'Query.notifications': ({ ids }) => [
    {},
    ...ids.map((id) => ({ id: String(id) })),
    { kind: 'FORUM_THREAD_MENTION' },
    { status: 'UNREAD', limit: 1000 },
  ],
  'Query.notificationsConnection': ({ ids }) => [
    {},
    ...ids.map((id) => ({ id: String(id) })),
    ...ids.map((id) => ({ after: String(id + 1), first: 10 })),
    { kind: 'FORUM_THREAD_MENTION', first: 1000 },
  ],
  'Query.notificationCount': ({ ids }) => [{}, ...ids.map((id) => ({ id: String(id) }))],
  'Query.unreadCount': () => [{}],
  'Query.previewSettings': () => [{}, { data: [{ kind: 'FORUM_THREAD_ALL' }], days: 1 }],
  'Query.explain': ({ eventId }) => [{ eventId }],
  'Query.deadlines': () => [{}],
  'Query.watchedAccounts': () => [{}],
  'Mutation.signup': ({ alice, bob }) => [
    { ...signed(alice), signature: signed(bob).signature, name: 'bob', email: 'bob@example.org' },
    { ...signed(bob), memberId: Number(alice.id), name: 'bob', email: 'bob@example.org' },
  ],
  'Mutation.signin': ({ alice, bob }) => [
    { ...signed(alice), signature: signed(bob).signature },
    { ...signed(bob), memberId: Number(alice.id) },
  ],
  // An account of alice's, with her signature of her own request. She can send it, too, with another label.
  'Mutation.watchAccount': ({ alice }) => [proofOf(COLD, alice, { label: 'hers again, alice' })],
  'Mutation.unwatchAccount': () => [{ address: COLD.address(126) }],
  'Mutation.signOutEverywhere': () => [{}],
  'Mutation.verifyEmail': ({ emailToken }) => [{ token: emailToken }],
  'Mutation.updateMember': () => [{ receiveEmails: false }, { email: 'alice@example.org' }, { removeEmail: true }],
  'Mutation.renewCalendarUrl': () => [{}],
  'Mutation.renewFeedUrl': () => [{}],
  'Mutation.generalSubscriptions': () => [{ data: [{ kind: 'FORUM_POST_REPLY' }, { kind: 'PROPOSAL_VOTE_ALL' }] }],
  'Mutation.entitySubscription': ({ thread }) => watchAndReset(thread),
  'Mutation.subscribeToEntity': ({ thread }) => watchAndReset(thread),
  'Mutation.markNotificationsRead': ({ ids }) => [{ ids }, { ids, isRead: false }],
  'Mutation.markAllNotificationsRead': () => [{}],
  'Mutation.archiveNotifications': ({ ids }) => [{ ids }],
  // Has its own test below.
  'Subscription.notificationAdded': () => [],
}
const watchAndReset = (entityId: string) =>
  ['WATCH', 'DEFAULT'].map((status) => ({ kind: 'FORUM_THREAD_ENTITY_POST', entityId, status }))

/** For members, and the same for each of them. */
const commonFields = ['Query.deadlines']
/** The fields that need no token. */
const publicFields = ['Query.memberExist', 'Mutation.signup', 'Mutation.signin', 'Mutation.verifyEmail']

/** Matches everything of alice's: it contains her name, or an id that starts with 70000. */
const HERS = /alice|70000\d\d/i

async function neighbours() {
  const story = await createStory()
  const { chain, db } = story
  const [alice, bob] = [await story.member('alice'), await story.member('bob')]
  const dave = story.stranger('dave')
  const general = chain.categoryCreated('General')
  const begin = (name: string) => chain.threadCreated({ by: dave, in: general, title: `Of ${name}`, text: 'Hm.' })
  const [hers, his] = [begin('alice'), begin('bob')]
  await story.mutes(alice, 'FORUM_THREAD_ENTITY_POST', hers)
  await story.watches(alice, 'FORUM_CATEGORY_ENTITY_THREAD', general)
  await story.refuses(alice, 'FORUM_POST_REPLY')
  await story.watches(bob, 'FORUM_THREAD_ENTITY_POST', his)
  await story.sets(bob, 'PROPOSAL_VOTE_ALL', { inApp: true, byEmail: false })
  await watches(story, alice, COLD, "alice's cold wallet")
  await story.begins()
  for (const title of ['For alice', 'Again for alice']) {
    chain.threadCreated({ by: dave, in: general, title, text: `Hello ${mention(alice)}` })
  }
  chain.postAdded({ by: dave, in: his, text: 'Hello' })
  await story.notify()

  const memberId = Number(alice.id)
  await db.member.update({ where: { id: memberId }, data: { unverifiedEmail: 'new-alice@example.org' } })
  await db.$executeRaw`UPDATE "Notification" SET id = id + 7000000 WHERE "memberId" = ${memberId}`
  await db.$executeRaw`UPDATE "Subscription" SET id = id + 7000000 WHERE "memberId" = ${memberId}`
  const idsIn = async (rows: Promise<{ id: number }[]>) => (await rows).map(({ id }) => id)
  const targets: Targets = {
    alice,
    bob,
    ids: await idsIn(db.notification.findMany({ where: { memberId } })),
    settings: await idsIn(db.subscription.findMany({ where: { memberId, entityId: { not: null } } })),
    thread: hers.id,
    emailToken: story.tokens.email(Number(bob.id), 'new-alice@example.org'),
    eventId: (await db.event.findFirstOrThrow({ where: { type: 'PostAdded' } })).id,
  }
  expect([targets.ids.length, targets.settings.length]).toEqual([2, 2])

  const where = { memberId }
  return {
    story,
    api: await serveApi(story),
    targets,
    /** Every row of alice's. */
    stored: () =>
      Promise.all([
        db.member.findMany({ where: { id: memberId } }),
        db.subscription.findMany({ where, orderBy: { id: 'asc' } }),
        db.notification.findMany({ where, orderBy: { id: 'asc' } }),
        db.email.findMany({ where, orderBy: { id: 'asc' } }),
        db.signIn.findMany({ where }),
        db.tokenGeneration.findMany({ where }),
        db.feedGeneration.findMany({ where, orderBy: { feed: 'asc' } }),
        db.watchedAccount.findMany({ where, orderBy: { id: 'asc' } }),
      ]),
  }
}

const names = rootFields.map(({ name }) => name)
const known = rootFields.filter(({ name, root }) => name in attempts && root !== 'subscription')

test('a field that fails spoils no other one: each of a query and a mutation can be null', () => {
  const required = rootFields.filter(({ root, field }) => root !== 'subscription' && isNonNullType(field.type))
  expect(required.map(({ name }) => name)).toEqual([])
})

test('every field of the schema has attempts', () => {
  expect(
    names.filter((name) => !(name in attempts)),
    'Add attempts for these fields',
  ).toEqual([])
  expect(
    Object.keys(attempts).filter((name) => !names.includes(name)),
    'These fields no longer exist',
  ).toEqual([])
})

test.each(known)("$name reveals nothing of alice's to bob, and changes nothing of hers", async (root) => {
  const { name, field } = root
  const { api, targets, stored } = await neighbours()
  const document = documentOf(root)
  const tries = attempts[name]?.(targets) ?? []
  const before = await stored()
  const his: unknown[] = []
  for (const variables of tries) {
    if (!publicFields.includes(name)) expect(await api.code(document, variables)).toBe('UNAUTHENTICATED')
    const answer = await api.ask(document, variables, api.tokenOf(targets.bob))
    // The answer may repeat what bob sent.
    const sent = Object.values(variables).filter((value) => HERS.test(JSON.stringify(value)))
    const received = sent.reduce((text, value) => text.replaceAll(JSON.stringify(value), ''), JSON.stringify(answer))
    expect(received).not.toMatch(HERS)
    his.push(answer.data?.[field.name])
  }
  expect(await stored()).toEqual(before)

  // Every attempt must be able to succeed: for alice it returns or changes something else.
  if (publicFields.includes(name) || commonFields.includes(name)) return
  for (const [n, variables] of tries.entries()) {
    const own = await api.data(document, variables, api.tokenOf(targets.alice))
    expect([own[field.name], await stored()]).not.toEqual([his[n], before])
  }
})

test("bob's live stream never contains alice's notifications", async () => {
  const { story, api, targets } = await neighbours()
  const stream = await watch(api.url, api.tokenOf(targets.bob), 0)
  const [his] = await stream.take(1)
  expect(JSON.stringify(his)).not.toMatch(HERS)
  const own = await watch(api.url, api.tokenOf(targets.alice), 0)
  expect((await own.take(2)).map(({ id }) => id)).toEqual(targets.ids)
  // Alice's notifications do not arrive later either: bob's next one is his own.
  await story.db.notification.create({
    data: { memberId: Number(targets.bob.id), kind: 'FORUM_POST_ALL', eventId: 'next', id: 9_999_999 },
  })
  await story.pool.query(`SELECT pg_notify('notifications', '')`)
  expect((await stream.take(1))[0]?.id).toBe(9_999_999)
})

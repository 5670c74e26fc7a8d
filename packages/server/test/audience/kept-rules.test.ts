import { mention } from 'query-node'
import { expect, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { everyone, everyoneBut, members, type Rule, watchersOf } from '../../src/events/define.ts'
import { previewNotifications, recordNotifications } from '../../src/notifier/audience/resolve.ts'
import type { UnderstoodEvent } from '../../src/notifier/audience/understand.ts'
import { dryRun } from '../../src/notifier/dry-run.ts'
import { type Story, stories } from '../support/story.ts'
import { people } from './people.ts'

const createStory = stories()
const CIRCUMSTANCES = { emailMaxAgeMs: 86_400_000, canSend: true, emailsPerHour: 0, emailDelaySeconds: 0 }

/** An event with these rules, as it is understood. */
function eventWith(rules: Rule[], { id = 'OLYMPIA-5-1', ...rest }: Partial<UnderstoodEvent> = {}): UnderstoodEvent {
  const meta = { id, type: 'PostAdded', block: 5, indexInBlock: 1, time: new Date() }
  return {
    ...meta,
    entityId: '7',
    actorId: undefined,
    rules,
    fact: { key: `5:${id}`, rank: 0 },
    data: {},
    sources: [],
    withdraws: [],
    endsTokensOf: [],
    source: { ...meta, row: {} },
    ...rest,
  }
}

const record = ({ pool }: Story, events: UnderstoodEvent[]) =>
  inTransaction(pool, (transaction) => recordNotifications(transaction, events, CIRCUMSTANCES))

test('an event is kept with its rules and its actor, whether or not it concerns anybody', async () => {
  const story = await createStory()
  const { chain, db } = story
  const [dave, erin] = [story.stranger('dave'), story.stranger('erin')]
  const category = chain.categoryCreated('General')
  const thread = chain.threadCreated({ by: dave, in: category, title: 'Plants', text: 'Water them.' })
  await story.begins()
  const block = chain.head
  chain.postAdded({ by: erin, in: thread, text: mention(dave) })
  await story.notify()
  expect(await story.told()).toEqual([])
  const [kept] = await db.event.findMany()
  expect(kept).toMatchObject({ type: 'PostAdded', actorId: Number(erin.id), data: { thread: 'Plants' } })
  expect(kept?.rules).toEqual(
    expect.arrayContaining([
      { audience: 'members', kind: 'FORUM_POST_MENTION', memberIds: [Number(dave.id)] },
      { audience: 'members', kind: 'FORUM_THREAD_CREATOR', memberIds: [Number(dave.id)] },
      { audience: 'watchers', kind: 'FORUM_THREAD_ENTITY_POST', entityId: thread.id },
      { audience: 'watchers', kind: 'FORUM_CATEGORY_ENTITY_POST', entityId: category.id },
      { audience: 'everyone', kind: 'FORUM_POST_ALL' },
    ]),
  )

  // Read again, it still concerns nobody: bob has signed up since.
  const bob = await story.member('bob')
  await story.wants(bob, 'FORUM_POST_ALL')
  await db.store.update({ where: { key: 'Progress' }, data: { value: { block } } })
  chain.announcingPeriodStarted()
  chain.commitBlock()
  const previews = await Array.fromAsync(dryRun(story.deps))
  expect(previews.flatMap(({ resolved }) => resolved.map(({ kind }) => kind))).toEqual(['ELECTION_ANNOUNCING_STARTED'])
  await story.notify()
  expect(await story.told()).toEqual(['bob: ELECTION_ANNOUNCING_STARTED'])
  expect((await db.event.findMany()).map(({ type }) => type)).toEqual(['PostAdded', 'AnnouncingPeriodStarted'])
})

test('an event that concerned nobody keeps no member from being told of the same fact', async () => {
  const story = await createStory()
  await story.member('bob')
  const fact = { key: '5:same', rank: 1 }
  await record(story, [eventWith([everyone('FORUM_POST_ALL')], { fact: { ...fact, rank: 2 } })])
  await record(story, [eventWith([everyone('ELECTION_COUNCIL_ELECTED')], { id: 'OLYMPIA-5-2', fact })])
  await record(story, [eventWith([everyone('ELECTION_COUNCIL_ELECTED')], { id: 'OLYMPIA-5-3', fact })])
  expect(await story.told()).toEqual(['bob: ELECTION_COUNCIL_ELECTED'])
  expect((await story.db.event.findMany()).map(({ rank }) => rank)).toEqual([2, 1, 1])
})

test('two events with one id are one', async () => {
  const story = await createStory()
  await story.member('bob')
  const rules = [everyone('ELECTION_COUNCIL_ELECTED')]
  const twice = [eventWith([]), eventWith(rules, { fact: { key: '5:other', rank: 0 } })]
  expect(await inTransaction(story.pool, (one) => previewNotifications(one, twice, CIRCUMSTANCES))).toEqual([])
  await record(story, [...twice, eventWith(rules, { type: 'PostTextUpdated' })])
  expect((await story.db.event.findMany()).map(({ type }) => type)).toEqual(['PostAdded', 'PostTextUpdated'])
  expect(await story.told()).toEqual(['bob: ELECTION_COUNCIL_ELECTED'])
})

test('rules over 64 KB are kept with the number of members they name, and notify as any others', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const authors = Array.from({ length: 20_000 }, (_, n) => String(n + 1_000_000))
  const rules = [
    members('FORUM_THREAD_CONTRIBUTOR', [...authors, bob.id, 'nobody', '-1', '99999999999']),
    members('FORUM_POST_MENTION', authors.slice(0, 3)),
    watchersOf('FORUM_CATEGORY_ENTITY_POST', '1'),
    watchersOf('FORUM_CATEGORY_ENTITY_POST', 'x'.repeat(1_000)),
    everyone('FORUM_POST_ALL'),
  ]
  await record(story, [eventWith(rules)])
  expect(await story.told()).toEqual(['bob: FORUM_THREAD_CONTRIBUTOR'])
  expect((await story.db.event.findFirstOrThrow()).rules).toEqual({
    counts: [
      { audience: 'members', kind: 'FORUM_THREAD_CONTRIBUTOR', count: 20_001 },
      { audience: 'members', kind: 'FORUM_POST_MENTION', count: 3 },
      ...rules.slice(2),
    ],
  })
})

test('rules with more entities than can be kept are summed up by kind and audience', async () => {
  const story = await createStory()
  const rules = [
    members('FORUM_POST_MENTION', ['1', '2', '3']),
    ...Array.from({ length: 1_000 }, (_, n) => watchersOf('FORUM_CATEGORY_ENTITY_POST', `${'x'.repeat(75)}${n}`)),
    everyone('FORUM_POST_ALL'),
  ]
  await record(story, [eventWith(rules)])
  expect((await story.db.event.findFirstOrThrow()).rules).toEqual({
    sums: [
      { audience: 'members', kind: 'FORUM_POST_MENTION', count: 3 },
      { audience: 'watchers', kind: 'FORUM_CATEGORY_ENTITY_POST', count: 1_000 },
      { audience: 'everyone', kind: 'FORUM_POST_ALL', count: 1 },
    ],
  })
})

test('members whom a rule leaves out are not told by it, but another reason can still tell them', async () => {
  const story = await createStory()
  const { ann, ben, cleo, eve } = await people(story, 'ann', 'ben', 'cleo', 'dora', 'eve')
  for (const member of [ben, cleo]) await story.wants(member, 'FORUM_POST_ALL')
  await story.refuses(eve, 'ELECTION_VOTING_STARTED')
  const without = [ann.id, ben.id, eve.id, 'nobody', '-1', '1.5', '99999999999']
  const rules = [
    everyoneBut('ELECTION_VOTING_STARTED', without),
    members('ELECTION_COUNCIL_ELECTED', [ann.id]),
    everyoneBut('FORUM_POST_ALL', [cleo.id]),
  ]
  await record(story, [eventWith(rules)])
  expect(await story.told()).toEqual([
    'ann: ELECTION_COUNCIL_ELECTED',
    'ben: FORUM_POST_ALL',
    'cleo: ELECTION_VOTING_STARTED',
    'dora: ELECTION_VOTING_STARTED',
  ])
  expect((await story.db.event.findFirstOrThrow()).rules).toEqual([
    { audience: 'everyone', kind: 'ELECTION_VOTING_STARTED', except: [ann, ben, eve].map((one) => Number(one.id)) },
    { audience: 'members', kind: 'ELECTION_COUNCIL_ELECTED', memberIds: [Number(ann.id)] },
    { audience: 'everyone', kind: 'FORUM_POST_ALL', except: [Number(cleo.id)] },
  ])
})

test('exceptions of one event are none of another, nor of another rule of the same kind', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const events = [
    eventWith([everyoneBut('ELECTION_VOTING_STARTED', [bob.id])], { id: 'OLYMPIA-5-1' }),
    eventWith([everyoneBut('ELECTION_VOTING_STARTED', [])], { id: 'OLYMPIA-5-2' }),
    eventWith([everyoneBut('ELECTION_VOTING_STARTED', [bob.id]), everyone('ELECTION_VOTING_STARTED')], {
      id: 'OLYMPIA-5-3',
    }),
  ]
  await record(story, events)
  expect((await story.db.notification.findMany({ orderBy: { id: 'asc' } })).map(({ eventId }) => eventId)).toEqual([
    'OLYMPIA-5-2',
    'OLYMPIA-5-3',
  ])
  expect((await story.db.event.findMany({ orderBy: { number: 'asc' } })).map(({ rules }) => rules)).toEqual([
    [{ audience: 'everyone', kind: 'ELECTION_VOTING_STARTED', except: [Number(bob.id)] }],
    [{ audience: 'everyone', kind: 'ELECTION_VOTING_STARTED' }],
    [
      { audience: 'everyone', kind: 'ELECTION_VOTING_STARTED', except: [Number(bob.id)] },
      { audience: 'everyone', kind: 'ELECTION_VOTING_STARTED' },
    ],
  ])
})

test('of more exceptions than can be kept, their number is', async () => {
  const story = await createStory()
  const { bob } = await people(story, 'bob', 'carol')
  const voters = [bob.id, ...Array.from({ length: 20_000 }, (_, n) => String(n + 1_000_000))]
  const rule = everyoneBut('ELECTION_VOTING_STARTED', voters)
  await record(story, [eventWith([rule])])
  expect(await story.told()).toEqual(['carol: ELECTION_VOTING_STARTED'])
  const watchers = Array.from({ length: 1_000 }, (_, n) =>
    watchersOf('FORUM_CATEGORY_ENTITY_POST', `${'x'.repeat(75)}${n}`),
  )
  await record(story, [eventWith([rule, rule, ...watchers], { id: 'OLYMPIA-5-2' })])
  expect((await story.db.event.findMany({ orderBy: { number: 'asc' } })).map(({ rules }) => rules)).toEqual([
    { counts: [{ audience: 'everyone', kind: 'ELECTION_VOTING_STARTED', excepted: 20_001 }] },
    {
      sums: [
        { audience: 'everyone', kind: 'ELECTION_VOTING_STARTED', count: 2, excepted: 40_002 },
        { audience: 'watchers', kind: 'FORUM_CATEGORY_ENTITY_POST', count: 1_000 },
      ],
    },
  ])
})

test('an actor that cannot be a member is kept as none', async () => {
  const story = await createStory()
  const actors = ['12', '-1', '1.5', '99999999999', undefined]
  await record(
    story,
    actors.map((actorId, n) => eventWith([], { id: `OLYMPIA-6-${n}`, actorId })),
  )
  const kept = await story.db.event.findMany({ where: { id: { startsWith: 'OLYMPIA-6' } }, orderBy: { number: 'asc' } })
  expect(kept.map(({ actorId, rules }) => [actorId, rules])).toEqual([12, null, null, null, null].map((id) => [id, []]))
})

test('the text of an event that concerned nobody is withdrawn too', async () => {
  const story = await createStory()
  const { chain, db } = story
  const dave = story.stranger('dave')
  const category = chain.categoryCreated('General')
  const thread = chain.threadCreated({ by: dave, in: category, title: 'Rude title', text: 'Rude text' })
  const post = chain.postAdded({ by: dave, in: thread, text: 'Rude post' })
  await story.notify()
  await db.store.update({ where: { key: 'Progress' }, data: { value: { block: 0 } } })
  await story.notify()
  expect(JSON.stringify(await db.event.findMany())).toMatch(/Rude title.*Rude post/)
  chain.postModerated(post)
  chain.threadModerated(thread)
  await story.notify()
  expect(await story.told()).toEqual([])
  expect((await db.event.findMany({ where: { sources: { has: `thread:${thread.id}` } } })).length).toBe(2)
  expect(JSON.stringify(await db.event.findMany())).not.toMatch(/Rude/)
})

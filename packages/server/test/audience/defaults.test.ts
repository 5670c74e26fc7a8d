import { expect, test } from 'vitest'
import { writeEverything } from '../../../query-node/test/everything.ts'
import { type GeneralKindName, generalKinds } from '../../src/events/kinds.ts'
import { chainEvents } from '../../src/events/list.ts'
import { stories } from '../support/story.ts'
import { people } from './people.ts'

const createStory = stories()
const kinds = Object.keys(generalKinds) as GeneralKindName[]

/** The kinds by which each event notifies members whom it does not concern in particular. */
const broadcasts = chainEvents.flatMap(({ type, rules, sample, fact }) => {
  const kinds = rules(sample()).flatMap((rule) => (rule.audience === 'everyone' ? [rule.kind] : []))
  return kinds.length ? [{ type, kinds, fact }] : []
})
const broadcastKinds = [...new Set(broadcasts.flatMap(({ kinds }) => kinds))].sort()

/** Kinds that some members want who have a role, or who follow closely. */
const OFF = [
  'PROPOSAL_DISCUSSION_COUNCILOR',
  'PROPOSAL_EXECUTION_FAILED_COUNCILOR',
  'PROPOSAL_WG_WORKER',
  'ELECTION_CONSTITUTIONAL_VOTE',
  'ELECTION_ANNOUNCING_LAST_DAY',
  'WG_OPENING_LAST_DAY',
]

test('the kinds that notify of everything in a field are off by default, and a few others; the rest is on', () => {
  const all = kinds.filter((kind) => kind.endsWith('_ALL'))
  expect(all.length).toBeGreaterThan(0)
  const off = kinds.filter((kind) => !generalKinds[kind].defaultOn)
  expect(off.toSorted()).toEqual([...all, ...OFF].toSorted())
})

test('a new member is notified by default settings; every kind on notifies of everything, every kind off of nothing', async () => {
  const story = await createStory()
  const { newcomer, fan, hermit } = await people(story, 'newcomer', 'fan', 'hermit')
  await story.begins()
  for (const kind of kinds) {
    await story.wants(fan, kind)
    await story.refuses(hermit, kind)
  }
  writeEverything(story.chain)
  const summary = await story.notify()
  expect(summary.setAside).toBe(0)

  const onByDefault = broadcastKinds.filter((kind) => generalKinds[kind].defaultOn)
  expect(onByDefault).toContain('ELECTION_VOTING_STARTED')
  expect([...new Set(await story.told())]).toEqual([
    // Of an event, for the most important reason.
    ...[...new Set(broadcasts.flatMap(({ kinds: [first] }) => first ?? []))].sort().map((kind) => `fan: ${kind}`),
    ...onByDefault.map((kind) => `newcomer: ${kind}`),
  ])
  expect(await story.db.notification.count({ where: { memberId: Number(hermit.id) } })).toBe(0)
  expect(await story.notificationOf(newcomer)).toMatchObject({ inApp: true, emailStatus: 'SENT' })

  const told = await story.db.notification.findMany({ include: { event: true } })
  const types = new Set(told.map(({ event }) => event?.type))
  // An event that shares its fact with another may leave the notification to that one.
  const alone = broadcasts.filter(({ fact }) => !fact).map(({ type }) => type)
  expect(alone.filter((type) => !types.has(type))).toEqual([])
  expect(broadcasts.map(({ type }) => type)).toEqual(expect.arrayContaining([...types]))
})

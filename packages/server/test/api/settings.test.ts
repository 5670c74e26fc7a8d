import { expect, test } from 'vitest'
import { generalSwitches } from '../../src/events/kinds.ts'
import { serveApi } from '../support/api.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

const GENERAL = `query ($kind: GeneralSubscriptionKind, $shouldNotify: Boolean, $shouldNotifyByEmail: Boolean) {
  generalSubscriptions(kind: $kind, shouldNotify: $shouldNotify, shouldNotifyByEmail: $shouldNotifyByEmail) {
    id kind shouldNotify shouldNotifyInApp shouldNotifyByEmail label group description
  }
}`
const SET_GENERAL = `mutation ($data: [GeneralSubscriptionInput]) {
  generalSubscriptions(data: $data) { kind shouldNotify shouldNotifyByEmail }
}`
const ENTITY = `query ($id: String, $kind: EntitySubscriptionKind, $entityId: String, $status: EntitySubscriptionStatus) {
  entitySubscriptions(id: $id, kind: $kind, entityId: $entityId, status: $status) { id kind entityId status }
}`
const SET_ENTITY = `mutation ($kind: EntitySubscriptionKind!, $entityId: String!, $status: EntitySubscriptionStatus!) {
  entitySubscription(kind: $kind, entityId: $entityId, status: $status) { id kind entityId status }
}`

async function bobs() {
  const story = await createStory()
  const bob = await story.member('bob')
  const carol = await story.member('carol')
  const forum = story.chain.categoryCreated('General')
  const thread = story.chain.threadCreated({ by: carol, in: forum, title: 'Plants', text: 'Water them.' })
  await story.begins()
  const api = await serveApi(story)
  const token = api.tokenOf(bob)
  type Settings = { kind: string; id: number | null; shouldNotify: boolean; shouldNotifyByEmail: boolean }[]
  return {
    story,
    api,
    bob,
    carol,
    thread,
    token,
    general: async (filter = {}) => (await api.data(GENERAL, filter, token)).generalSubscriptions as Settings,
    entity: async (filter = {}) => (await api.data(ENTITY, filter, token)).entitySubscriptions as { id: number }[],
    set: (data: object[]) => api.data(SET_GENERAL, { data }, token),
  }
}

test('a new member sees every general kind with its default, its label and its description', async () => {
  const { general } = await bobs()
  const settings = await general()
  expect(settings.map(({ kind }) => kind)).toEqual(Object.keys(generalSwitches))
  for (const { id, kind, ...setting } of settings) {
    const { defaultOn, label, group, description } = generalSwitches[kind as keyof typeof generalSwitches]
    expect(id).toBeNull()
    expect(setting).toMatchObject({
      shouldNotify: defaultOn,
      shouldNotifyInApp: defaultOn,
      shouldNotifyByEmail: defaultOn,
      label,
      group,
      description,
    })
  }
})

test('the two channels are independent; a missing one turns on in the app, and by email follows the app', async () => {
  const { general, set } = await bobs()
  await set([
    { kind: 'FORUM_POST_ALL' },
    { kind: 'FORUM_POST_MENTION', shouldNotify: false },
    { kind: 'PROPOSAL_VOTE_ALL', shouldNotifyInApp: false, shouldNotifyByEmail: null },
    { kind: 'FORUM_POST_REPLY', shouldNotifyByEmail: false },
    { kind: 'ELECTION_VOTING_STARTED', shouldNotify: false, shouldNotifyByEmail: false },
    { kind: 'FORUM_THREAD_ALL', shouldNotifyInApp: false, shouldNotifyByEmail: true },
  ])
  const own = (await general()).filter(({ id }) => id !== null)
  expect(own.map(({ kind, shouldNotify, shouldNotifyByEmail }) => [kind, shouldNotify, shouldNotifyByEmail])).toEqual([
    ['FORUM_THREAD_ALL', false, true],
    ['FORUM_POST_MENTION', false, false],
    ['FORUM_POST_REPLY', true, false],
    ['FORUM_POST_ALL', true, true],
    ['PROPOSAL_VOTE_ALL', false, false],
    ['ELECTION_VOTING_STARTED', false, false],
  ])
  expect((await general({ kind: 'FORUM_POST_REPLY' })).length).toBe(1)
  expect((await general({ shouldNotify: false, shouldNotifyByEmail: true })).map(({ kind }) => kind)).toEqual([
    'FORUM_THREAD_ALL',
  ])
})

test('changed settings are returned in the order in which they were sent', async () => {
  const { set } = await bobs()
  const kinds = Object.keys(generalSwitches)
  for (const asked of [kinds.toReversed(), ['WG_OPENING_ALL', 'FORUM_POST_ALL', 'PROPOSAL_VOTE_ALL']]) {
    const { generalSubscriptions } = await set(asked.map((kind) => ({ kind })))
    expect((generalSubscriptions as { kind: string }[]).map(({ kind }) => kind)).toEqual(asked)
  }
})

test('a list with the same kind twice changes nothing', async () => {
  const { api, token, general } = await bobs()
  const data = [
    { kind: 'FORUM_POST_ALL' },
    { kind: 'FORUM_THREAD_ALL' },
    { kind: 'FORUM_POST_ALL', shouldNotify: false },
  ]
  expect(await api.code(SET_GENERAL, { data }, token)).toBe('BAD_USER_INPUT')
  expect((await general()).filter(({ id }) => id !== null)).toEqual([])
})

test('simultaneous changes of the same settings neither fail nor store duplicates', async () => {
  const { story, set } = await bobs()
  const kinds = ['FORUM_POST_ALL', 'FORUM_THREAD_ALL', 'PROPOSAL_VOTE_ALL']
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      set((n % 2 ? kinds : kinds.toReversed()).map((kind) => ({ kind, shouldNotify: n % 3 === 0 }))),
    ),
  )
  expect(await story.db.subscription.count()).toBe(3)
})

test('a member watches a thread, mutes it, and removes the setting', async () => {
  const { api, token, entity, thread } = await bobs()
  const setting = { kind: 'FORUM_THREAD_ENTITY_POST', entityId: thread.id }
  const set = (status: string) => api.data(SET_ENTITY, { ...setting, status }, token)
  expect(await set('WATCH')).toMatchObject({ entitySubscription: { ...setting, status: 'WATCH' } })
  expect(await set('MUTE')).toMatchObject({ entitySubscription: { ...setting, status: 'MUTE' } })
  const [stored] = await entity()
  expect(stored).toMatchObject({ ...setting, status: 'MUTE' })
  expect(await entity({ status: 'WATCH' })).toEqual([])
  expect(await entity({ id: String(stored?.id), kind: setting.kind, entityId: thread.id })).toEqual([stored])
  expect(await entity({ id: 'x' })).toEqual([])
  // Deployed clients drop the setting of this id from their cache.
  expect(await set('DEFAULT')).toEqual({ entitySubscription: { ...setting, id: stored?.id, status: 'DEFAULT' } })
  expect(await entity()).toEqual([])
  expect(await set('DEFAULT')).toEqual({ entitySubscription: { ...setting, id: null, status: 'DEFAULT' } })
})

test('subscribeToEntity does the same as entitySubscription', async () => {
  const { api, token, entity, thread } = await bobs()
  const query = SET_ENTITY.replace('entitySubscription(', 'subscribeToEntity(')
  await api.data(query, { kind: 'FORUM_THREAD_ENTITY_POST', entityId: thread.id, status: 'WATCH' }, token)
  expect((await entity()).length).toBe(1)
})

test('a member cannot watch an entity that does not exist, unless the query node does not answer', async () => {
  const { story, api, token, thread } = await bobs()
  const set = (kind: string, entityId: string) => ({ kind, entityId, status: 'WATCH' })
  for (const kind of ['FORUM_THREAD_ENTITY_POST', 'FORUM_CATEGORY_ENTITY_THREAD', 'PROPOSAL_ENTITY_VOTE']) {
    expect(await api.code(SET_ENTITY, set(kind, '4711'), token)).toBe('BAD_USER_INPUT')
  }
  for (const id of ['x'.repeat(101), '', 'a b', 'nul\0']) {
    expect(await api.code(SET_ENTITY, set('FORUM_THREAD_ENTITY_POST', id), token)).toBe('BAD_USER_INPUT')
  }
  story.node.faults.down = true
  await api.data(SET_ENTITY, set('FORUM_THREAD_ENTITY_POST', thread.id), token)
})

test("a member sees and changes no one else's settings", async () => {
  const { story, api, carol, general, entity, thread, set } = await bobs()
  await story.refuses(carol, 'FORUM_POST_MENTION')
  await story.watches(carol, 'FORUM_THREAD_ENTITY_POST', thread)
  expect((await general()).filter(({ id }) => id !== null)).toEqual([])
  expect(await entity()).toEqual([])
  await set([{ kind: 'FORUM_POST_MENTION' }])
  const carols = await api.data(GENERAL, { kind: 'FORUM_POST_MENTION' }, api.tokenOf(carol))
  expect(carols).toMatchObject({ generalSubscriptions: [{ shouldNotify: false }] })
})

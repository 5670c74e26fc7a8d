import type { Member } from 'query-node'
import { expect, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { members } from '../../src/events/define.ts'
import { isKind, kindNames } from '../../src/events/kinds.ts'
import { explainEvent } from '../../src/inbox/why/explain.ts'
import { linksOf } from '../../src/members/email-links.ts'
import { readLinkKey } from '../../src/members/links.ts'
import { recordNotifications } from '../../src/notifier/audience/resolve.ts'
import { serveApi } from '../support/api.ts'
import { stories } from '../support/story.ts'
import { people, toldNow } from './people.ts'

const createStory = stories()
const ON = { inApp: true, byEmail: true }
const OFF = { inApp: false, byEmail: false }
const GENERAL = `query ($kind: GeneralSubscriptionKind) {
  generalSubscriptions(kind: $kind) { id kind group shouldNotifyInApp shouldNotifyByEmail }
}`
const SET = `mutation ($data: [GeneralSubscriptionInput]) {
  generalSubscriptions(data: $data) { kind shouldNotifyInApp shouldNotifyByEmail }
}`
const PREVIEW = `query ($data: [GeneralSubscriptionInput]) {
  previewSettings(data: $data) { notifications inApp emails byKind { kind notifications } }
}`

/** Dave, a stranger, has a thread. Each of the others is to set what they hear about. */
async function daves<Handle extends string>(...handles: Handle[]) {
  const story = await createStory()
  const cast = await people(story, ...handles)
  const dave = story.stranger('dave')
  const thread = story.chain.threadCreated({
    by: dave,
    in: story.chain.categoryCreated('General'),
    title: 'Plants',
    text: 'Water them.',
  })
  await story.begins()
  const post = () => story.chain.postAdded({ by: dave, in: thread, text: 'I do.' })
  /** What a member sees of one kind: its id, and the two switches. */
  const api = await serveApi(story)
  const shown = async (member: Member, kind: string) => {
    const { generalSubscriptions } = await api.data(GENERAL, { kind }, api.tokenOf(member))
    return generalSubscriptions as { id: number | null; shouldNotifyInApp: boolean; shouldNotifyByEmail: boolean }[]
  }
  const link = async (member: Member) => {
    const key = await readLinkKey(story.pool)
    return linksOf({ publicUrl: api.url, key }, { memberId: Number(member.id), kind: 'FORUM_POST_ALL' })
  }
  return { story, cast, thread, post, api, shown, link }
}

const press = (link: string, body: Record<string, string>) =>
  fetch(link, { method: 'POST', body: new URLSearchParams(body) })

test('who subscribes to all hears of each kind that they never set, in the app and by email each by itself', async () => {
  const { story, cast, thread, post } = await daves('ann', 'ben', 'cleo', 'dora', 'eve', 'finn', 'zoe')
  const { ann, ben, cleo, dora, eve, finn } = cast
  for (const [member, switches] of [
    [ann, ON],
    [ben, { inApp: true, byEmail: false }],
    [cleo, { inApp: false, byEmail: true }],
    [dora, OFF],
    [eve, ON],
    [finn, ON],
  ] as const) {
    await story.sets(member, 'NOTIFY_ALL', switches)
  }
  await story.refuses(eve, 'FORUM_POST_ALL')
  await story.mutes(finn, 'FORUM_THREAD_ENTITY_POST', thread)
  post()
  await story.notify()
  expect(await story.told()).toEqual(['ann: FORUM_POST_ALL', 'ben: FORUM_POST_ALL', 'cleo: FORUM_POST_ALL'])
  const inApp = await Promise.all([ann, ben, cleo].map((one) => story.notificationOf(one)))
  expect(inApp.map(({ inApp, emailStatusReason }) => [inApp, emailStatusReason])).toEqual([
    [true, null],
    [true, 'switched off for this kind'],
    [false, null],
  ])
  expect(story.sent.map(({ to }) => to).sort()).toEqual(['ann@example.org', 'cleo@example.org'])
})

test('who subscribes to all keeps the kinds that are on by default, and those that they switched off', async () => {
  const { story, cast } = await daves('ann', 'ben', 'cleo')
  const { ann, ben, cleo } = cast
  await story.sets(ann, 'NOTIFY_ALL', OFF)
  await story.sets(ben, 'NOTIFY_ALL', ON)
  await story.refuses(ben, 'ELECTION_ANNOUNCING_STARTED')
  await story.sets(cleo, 'NOTIFY_ALL', { inApp: true, byEmail: false })
  story.chain.announcingPeriodStarted()
  expect(await toldNow(story)).toEqual(['ann: ELECTION_ANNOUNCING_STARTED', 'cleo: ELECTION_ANNOUNCING_STARTED'])
  expect(story.sent.map(({ to }) => to).sort()).toEqual(['ann@example.org', 'cleo@example.org'])
})

test('a kind for some members that is off by default is on for those of them who subscribe to all', async () => {
  const { story, cast } = await daves('ann', 'ben', 'cleo')
  const { ann, ben, cleo } = cast
  for (const member of [ann, cleo]) await story.sets(member, 'NOTIFY_ALL', { inApp: false, byEmail: true })
  const meta = { id: 'OLYMPIA-5-1', type: 'PostAdded', block: 5, indexInBlock: 1, time: new Date() }
  const event = {
    ...meta,
    entityId: '7',
    actorId: undefined,
    rules: [members('FORUM_POST_ALL', [ann.id, ben.id])],
    fact: { key: '5:x', rank: 0 },
    data: {},
    sources: [],
    withdraws: [],
    endsTokensOf: [],
    source: { ...meta, row: {} },
  }
  const circumstances = { emailMaxAgeMs: 86_400_000, canSend: true, emailsPerHour: 0, emailDelaySeconds: 0 }
  await inTransaction(story.pool, (transaction) => recordNotifications(transaction, [event], circumstances))
  expect(await story.told()).toEqual(['ann: FORUM_POST_ALL'])
  expect(await story.notificationOf(ann)).toMatchObject({ inApp: false, emailStatus: 'PENDING' })
})

test('an email that waits is not sent once the member subscribes to all no more', async () => {
  const { story, cast, post } = await daves('ann', 'ben')
  const { ann, ben } = cast
  for (const member of [ann, ben]) await story.sets(member, 'NOTIFY_ALL', ON)
  story.deps.config.emailDelaySeconds = 3_600
  post()
  await story.notify()
  expect(story.sent).toEqual([])
  await story.db.subscription.updateMany({
    where: { memberId: Number(ann.id) },
    data: { shouldNotify: true, shouldNotifyByEmail: false },
  })
  await story.db.email.updateMany({ data: { sendAt: new Date(0) } })
  await story.notify()
  expect(story.sent.map(({ to }) => to)).toEqual(['ben@example.org'])
  expect((await story.notificationOf(ann)).emailStatusReason).toBe('switched off for this kind')
})

test('the explanation says that it was because of all, as the member had it then', async () => {
  const { story, cast, post } = await daves('ann', 'ben')
  const { ann, ben } = cast
  await story.sets(ann, 'NOTIFY_ALL', { inApp: true, byEmail: false })
  post()
  await story.notify()
  await story.db.subscription.deleteMany()
  await story.sets(ben, 'NOTIFY_ALL', ON)
  const { id } = await story.db.event.findFirstOrThrow({ orderBy: { number: 'desc' } })
  const explain = async (member: Member) => {
    const [one] = await explainEvent(story.pool, Number(member.id), id, { whyDays: 90, reader: 'member' })
    return { outcome: one?.outcome, step: one?.steps.find(({ kind }) => kind === 'FORUM_POST_ALL')?.text }
  }
  const hers = await explain(ann)
  expect(hers.outcome).toMatch(/^You were notified in the app, because you follow all forum posts, and not by email/)
  expect(hers.step).toMatch(
    /^Sent when someone posts anywhere in the forum. You had not changed it, but had “Subscribe to all notifications” on in the app and off by email, since [^.]* UTC. This is why you were notified.$/,
  )
  const his = await explain(ben)
  expect(his.outcome).toMatch(/^You were not notified: nothing that you had switched on/)
  expect(his.step).toMatch(/You had not changed it: it is off unless a member changes it.$/)
})

test('the list of settings begins with all, and shows for each kind what counts', async () => {
  const { story, cast, api, shown } = await daves('ann')
  const { ann } = cast
  const token = api.tokenOf(ann)
  const { generalSubscriptions: all } = await api.data(GENERAL, {}, token)
  expect(all).toHaveProperty('0', {
    id: null,
    kind: 'NOTIFY_ALL',
    group: 'Everything',
    shouldNotifyInApp: false,
    shouldNotifyByEmail: false,
  })
  const data = [
    { kind: 'NOTIFY_ALL', shouldNotifyInApp: true, shouldNotifyByEmail: false },
    { kind: 'FORUM_THREAD_ALL', shouldNotifyInApp: false, shouldNotifyByEmail: false },
  ]
  expect(await api.data(SET, { data }, token)).toEqual({ generalSubscriptions: data })
  const [unset, off, byDefault] = await Promise.all(
    ['FORUM_POST_ALL', 'FORUM_THREAD_ALL', 'FORUM_POST_MENTION'].map((kind) => shown(ann, kind)),
  )
  expect(unset).toMatchObject([{ id: null, shouldNotifyInApp: true, shouldNotifyByEmail: false }])
  expect(off).toMatchObject([{ id: expect.any(Number), shouldNotifyInApp: false, shouldNotifyByEmail: false }])
  expect(byDefault).toMatchObject([{ id: null, shouldNotifyInApp: true, shouldNotifyByEmail: true }])
  const filtered = await api.data(
    '{ generalSubscriptions(shouldNotify: true, shouldNotifyByEmail: false) { kind } }',
    {},
    token,
  )
  expect(filtered.generalSubscriptions).toContainEqual({ kind: 'WG_OPENING_ALL' })
  expect(await story.db.subscription.count()).toBe(2)
})

test('a preview with all counts the kinds that the member never set', async () => {
  const { story, cast, post, api } = await daves('ann')
  const { ann } = cast
  await story.refuses(ann, 'PROPOSAL_VOTE_ALL')
  for (let n = 0; n < 3; n++) post()
  story.chain.announcingPeriodStarted()
  await story.notify()
  const preview = async (...data: object[]) =>
    (await api.data(PREVIEW, { data }, api.tokenOf(ann))).previewSettings as { byKind: object[] }
  expect(await preview()).toMatchObject({ notifications: 1, emails: 1 })
  const all = await preview({ kind: 'NOTIFY_ALL', shouldNotifyByEmail: false })
  expect(all).toMatchObject({ notifications: 4, inApp: 4, emails: 1 })
  expect(all.byKind).toContainEqual({ kind: 'FORUM_POST_ALL', notifications: 3 })
  expect(await preview({ kind: 'NOTIFY_ALL' }, { kind: 'FORUM_POST_ALL', shouldNotify: false })).toMatchObject({
    notifications: 1,
  })
})

test('unsubscribing from one kind by an email’s link stays in force while all is on, and can be undone', async () => {
  const { story, cast, post, link, shown } = await daves('ann')
  const { ann } = cast
  await story.sets(ann, 'NOTIFY_ALL', ON)
  post()
  await story.notify()
  const { unsubscribe } = await link(ann)
  expect(await (await fetch(unsubscribe)).text()).toContain('<input type="hidden" name="state-kind" value="dy">')
  expect((await press(unsubscribe, { 'List-Unsubscribe': 'One-Click' })).status).toBe(200)
  expect(await shown(ann, 'FORUM_POST_ALL')).toMatchObject([{ shouldNotifyInApp: true, shouldNotifyByEmail: false }])
  post()
  expect(await toldNow(story)).toEqual(['ann: FORUM_POST_ALL'])
  expect(story.sent).toHaveLength(1)
  expect(await (await fetch(unsubscribe)).text()).toContain('is not emailed any more')

  expect((await press(unsubscribe, { undo: 'kind', state: 'dy' })).status).toBe(200)
  expect(await shown(ann, 'FORUM_POST_ALL')).toMatchObject([
    { id: null, shouldNotifyInApp: true, shouldNotifyByEmail: true },
  ])
  // Emails of the kind come again, though all is off by then.
  await press(unsubscribe, { stop: 'kind' })
  await story.db.subscription.deleteMany({ where: { kind: 'NOTIFY_ALL' } })
  await press(unsubscribe, { undo: 'kind', state: 'dy' })
  expect(await shown(ann, 'FORUM_POST_ALL')).toMatchObject([{ shouldNotifyInApp: true, shouldNotifyByEmail: true }])
})

test('unsubscribing from everything stops the emails of all too', async () => {
  const { story, cast, post, link } = await daves('ann')
  const { ann } = cast
  await story.sets(ann, 'NOTIFY_ALL', ON)
  await press((await link(ann)).unsubscribe, { stop: 'all' })
  post()
  await story.notify()
  expect(await story.told()).toEqual(['ann: FORUM_POST_ALL'])
  expect(story.sent).toEqual([])
})

test('on the page of settings all comes first, and saving it sets no other kind', async () => {
  const { story, cast, post, link } = await daves('ann')
  const { ann } = cast
  post()
  await story.notify()
  const { preferences } = await link(ann)
  const markup = await (await fetch(preferences)).text()
  expect([...markup.matchAll(/name="shown" value="(\w+)"/g)][0]?.[1]).toBe('NOTIFY_ALL')
  expect(markup).toMatch(/value="NOTIFY_ALL"[^>]*>By email<\/label>\s*<span class="amount">1 in 30 days</)
  const form = new URLSearchParams({ form: 'preferences' })
  for (const [, name = '', value = ''] of markup.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)) {
    form.append(name, value)
  }
  for (const [, name = '', value = ''] of markup.matchAll(/type="checkbox" name="(\w+)" value="(\w+)" checked/g)) {
    form.append(name, value)
  }
  form.append('email', 'NOTIFY_ALL')
  expect((await fetch(preferences, { method: 'POST', body: form })).status).toBe(200)
  const settings = () =>
    story.db.subscription.findMany({ select: { kind: true, shouldNotify: true, shouldNotifyByEmail: true } })
  expect(await settings()).toEqual([{ kind: 'NOTIFY_ALL', shouldNotify: false, shouldNotifyByEmail: true }])
  const [on] = (await (await fetch(preferences)).text()).match(/name="email" value="FORUM_POST_ALL" checked/) ?? []
  expect(on).toBeDefined()
})

test('all is the reason of no notification', () => {
  expect(isKind('NOTIFY_ALL')).toBe(false)
  expect(kindNames).not.toContain('NOTIFY_ALL')
})

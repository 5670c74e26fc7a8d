import { type Category, type Member, mention } from 'query-node'
import { expect, test } from 'vitest'
import { type Story, stories } from '../support/story.ts'
import { categories, people, toldNow } from './people.ts'

const createStory = stories()
const DAY = 24 * 60 * 60 * 1000

/** Dave, who has not signed up, started a thread three categories deep. Zoe has default settings. */
async function daves(options?: Parameters<typeof createStory>[0]) {
  const story = await createStory(options)
  const { chain } = story
  const cast = await people(story, 'ann', 'ben', 'zoe')
  const dave = story.stranger('dave')
  const [top, middle, nearest] = categories(story, 'top', 'middle', 'nearest') as [Category, Category, Category]
  const thread = chain.threadCreated({ by: dave, in: nearest, title: 'Plants', text: 'Who waters them?' })
  await story.begins()
  const post = (text = 'I do.') => chain.postAdded({ by: dave, in: thread, text })
  return { story, chain, ...cast, dave, top, middle, nearest, thread, post }
}

async function heard(story: Story, member: Member) {
  const { kind, inApp, emailStatus, emailStatusReason } = await story.notificationOf(member)
  return { kind, inApp, emailStatus, emailStatusReason }
}

const recipients = (story: Story) => story.sent.map(({ to }) => to).sort()
const SENT = { emailStatus: 'SENT', emailStatusReason: null }
const notSent = (emailStatusReason: string) => ({ emailStatus: 'IGNORED', emailStatusReason })

test('a kind that is on in the app and by email is shown and emailed', async () => {
  const { story, ann, post } = await daves()
  post(mention(ann))
  await story.notify()
  expect(await story.told()).toEqual(['ann: FORUM_POST_MENTION'])
  expect(await heard(story, ann)).toEqual({ kind: 'FORUM_POST_MENTION', inApp: true, ...SENT })
  expect(recipients(story)).toEqual(['ann@example.org'])
})

test('a kind that is on in the app only is not emailed', async () => {
  const { story, ann, ben, post } = await daves()
  await story.sets(ann, 'FORUM_POST_MENTION', { inApp: true, byEmail: false })
  await story.sets(ben, 'FORUM_POST_ALL', { inApp: true, byEmail: false })
  post(mention(ann))
  await story.notify()
  expect(await story.told()).toEqual(['ann: FORUM_POST_MENTION', 'ben: FORUM_POST_ALL'])
  for (const member of [ann, ben]) {
    expect(await heard(story, member)).toMatchObject({ inApp: true, ...notSent('switched off for this kind') })
  }
  expect(story.sent).toEqual([])
})

test('a kind that is on by email only is not shown', async () => {
  const { story, ann, ben, post } = await daves()
  await story.sets(ann, 'FORUM_POST_MENTION', { inApp: false, byEmail: true })
  await story.sets(ben, 'FORUM_POST_ALL', { inApp: false, byEmail: true })
  post(mention(ann))
  await story.notify()
  expect(await story.told()).toEqual(['ann: FORUM_POST_MENTION', 'ben: FORUM_POST_ALL'])
  for (const member of [ann, ben]) expect(await heard(story, member)).toMatchObject({ inApp: false, ...SENT })
  expect(recipients(story)).toEqual(['ann@example.org', 'ben@example.org'])
})

test('a kind that is off both in the app and by email does not notify, whatever its default', async () => {
  const { story, ann, ben, post } = await daves()
  await story.refuses(ann, 'FORUM_POST_MENTION')
  await story.refuses(ben, 'FORUM_POST_ALL')
  post(mention(ann))
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('watching an entity has the same two switches', async () => {
  const { story, ann, ben, thread, post } = await daves()
  const kind = 'FORUM_THREAD_ENTITY_POST'
  const watch = (member: Member, shouldNotify: boolean, shouldNotifyByEmail: boolean) =>
    story.db.subscription.create({
      data: { memberId: Number(member.id), kind, entityId: thread.id, shouldNotify, shouldNotifyByEmail },
    })
  await watch(ann, true, false)
  await watch(ben, false, true)
  post()
  await story.notify()
  expect(await story.told()).toEqual([`ann: ${kind}`, `ben: ${kind}`])
  expect(await heard(story, ann)).toEqual({ kind, inApp: true, ...notSent('switched off for this kind') })
  expect(await heard(story, ben)).toEqual({ kind, inApp: false, ...SENT })
})

test('the most important reason alone decides between app and email', async () => {
  const { story, ann, ben, thread, post } = await daves()
  for (const member of [ann, ben]) await story.watches(member, 'FORUM_THREAD_ENTITY_POST', thread)
  await story.sets(ann, 'FORUM_POST_MENTION', { inApp: true, byEmail: false })
  await story.sets(ben, 'FORUM_POST_MENTION', { inApp: false, byEmail: true })
  post(`${mention(ann)} ${mention(ben)}`)
  await story.notify()
  expect(await story.told()).toEqual(['ann: FORUM_POST_MENTION', 'ben: FORUM_POST_MENTION'])
  expect([(await heard(story, ann)).inApp, (await heard(story, ben)).inApp]).toEqual([true, false])
  expect(recipients(story)).toEqual(['ben@example.org'])
})

test('muting a thread silences it, even for a mention or a contributor', async () => {
  const { story, chain, ann, ben, dave, nearest } = await daves()
  const thread = chain.threadCreated({ by: ann, in: nearest, title: 'Cacti', text: 'They bite.' })
  const post = chain.postAdded({ by: ben, in: thread, text: 'They do.' })
  await story.begins()
  for (const member of [ann, ben]) {
    await story.mutes(member, 'FORUM_THREAD_ENTITY_POST', thread)
    await story.watches(member, 'FORUM_CATEGORY_ENTITY_POST', nearest)
    await story.wants(member, 'FORUM_POST_ALL')
  }
  const text = `${mention(ann)} ${mention(ben)}`
  chain.postAdded({ by: dave, in: thread, text, repliesTo: post })
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('a mute applies to one member and one thread only', async () => {
  const { story, chain, ann, ben, dave, nearest, thread } = await daves()
  const other = chain.threadCreated({ by: dave, in: nearest, title: 'Cacti', text: 'They bite.' })
  await story.begins()
  await story.mutes(ann, 'FORUM_THREAD_ENTITY_POST', thread)
  await story.mutes(ben, 'FORUM_THREAD_ENTITY_POST', other)
  const text = `${mention(ann)} ${mention(ben)}`
  chain.postAdded({ by: dave, in: thread, text })
  expect(await toldNow(story)).toEqual(['ben: FORUM_POST_MENTION'])
  chain.postAdded({ by: dave, in: other, text })
  expect(await toldNow(story)).toEqual(['ann: FORUM_POST_MENTION'])
})

test('muting a category silences every general kind, but not a watched thread in it', async () => {
  const { story, ann, ben, top, thread, post } = await daves()
  await story.mutes(ann, 'FORUM_CATEGORY_ENTITY_POST', top)
  await story.wants(ann, 'FORUM_POST_ALL')
  await story.mutes(ben, 'FORUM_CATEGORY_ENTITY_POST', top)
  await story.watches(ben, 'FORUM_THREAD_ENTITY_POST', thread)
  post(`${mention(ann)} ${mention(ben)}`)
  await story.notify()
  expect(await story.told()).toEqual(['ben: FORUM_THREAD_ENTITY_POST'])
})

test('watching a category overrides muting a category above it, but not the reverse', async () => {
  const { story, ann, ben, top, middle, nearest, post } = await daves()
  await story.watches(ann, 'FORUM_CATEGORY_ENTITY_POST', nearest)
  await story.mutes(ann, 'FORUM_CATEGORY_ENTITY_POST', middle)
  await story.mutes(ben, 'FORUM_CATEGORY_ENTITY_POST', middle)
  await story.watches(ben, 'FORUM_CATEGORY_ENTITY_POST', top)
  post()
  await story.notify()
  expect(await story.told()).toEqual(['ann: FORUM_CATEGORY_ENTITY_POST'])
})

test('of two muted categories, the nearer one decides which watches still apply', async () => {
  const { story, ann, top, middle, nearest, post } = await daves()
  await story.mutes(ann, 'FORUM_CATEGORY_ENTITY_POST', nearest)
  await story.watches(ann, 'FORUM_CATEGORY_ENTITY_POST', middle)
  await story.mutes(ann, 'FORUM_CATEGORY_ENTITY_POST', top)
  post()
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('a new thread notifies a watcher of its category who muted a category above it', async () => {
  const { story, chain, ann, ben, dave, top, middle, nearest } = await daves()
  await story.watches(ann, 'FORUM_CATEGORY_ENTITY_THREAD', nearest)
  await story.mutes(ann, 'FORUM_CATEGORY_ENTITY_THREAD', middle)
  await story.mutes(ben, 'FORUM_CATEGORY_ENTITY_THREAD', nearest)
  await story.watches(ben, 'FORUM_CATEGORY_ENTITY_THREAD', top)
  chain.threadCreated({ by: dave, in: nearest, title: 'Cacti', text: 'They bite.' })
  await story.notify()
  expect(await story.told()).toEqual(['ann: FORUM_CATEGORY_ENTITY_THREAD'])
})

test('a member without email or a confirmed address is notified in the app, with the reason for no email', async () => {
  const { story, chain, dave, thread } = await daves()
  const offline = await story.member('offline', { receiveEmails: false })
  const unconfirmed = await story.member('unconfirmed', { email: null })
  const text = `${mention(offline)} ${mention(unconfirmed)}`
  chain.postAdded({ by: dave, in: thread, text })
  await story.notify()
  expect(await story.told()).toEqual(['offline: FORUM_POST_MENTION', 'unconfirmed: FORUM_POST_MENTION'])
  const kind = 'FORUM_POST_MENTION'
  expect(await heard(story, offline)).toEqual({ kind, inApp: true, ...notSent('the member receives no emails') })
  expect(await heard(story, unconfirmed)).toEqual({ kind, inApp: true, ...notSent('no verified address') })
  expect(story.sent).toEqual([])
})

test('an event that is too old is shown in the app and not emailed', async () => {
  const { story, ann, post } = await daves({ age: 4 * DAY })
  post(mention(ann))
  await story.notify()
  expect(await story.told()).toEqual(['ann: FORUM_POST_MENTION'])
  expect(await heard(story, ann)).toMatchObject({ inApp: true, ...notSent('too old') })
  expect(story.sent).toEqual([])
})

test('the maximum age is configurable', async () => {
  const { story, ann, post } = await daves({ age: 4 * DAY, emailMaxAgeMs: 5 * DAY })
  post(mention(ann))
  await story.notify()
  expect(await heard(story, ann)).toMatchObject(SENT)
})

test('without an email provider, everything is shown in the app only', async () => {
  const { story, ann, post } = await daves({ provider: null })
  post(mention(ann))
  await story.notify()
  expect(await story.told()).toEqual(['ann: FORUM_POST_MENTION'])
  expect(await heard(story, ann)).toMatchObject({ inApp: true, ...notSent('no email provider') })
})

test("the reason for no email names the member's own choice before other causes", async () => {
  const { story, ann, post } = await daves({ age: 4 * DAY, provider: null })
  await story.sets(ann, 'FORUM_POST_MENTION', { inApp: true, byEmail: false })
  post(mention(ann))
  await story.notify()
  expect(await heard(story, ann)).toMatchObject(notSent('switched off for this kind'))
})

const SHARED = notSent('another membership with the same address gets this email')
const OWN = notSent('a membership with the same address did this')

test('memberships that share an address get one email, for the most important reason', async () => {
  const { story, ann, ben, zoe, post } = await daves()
  await story.sets(ann, 'FORUM_POST_ALL', { inApp: true, byEmail: true })
  for (const [member, email] of [
    [ann, 'Household@example.org'],
    [ben, 'household@Example.org'],
  ] as const) {
    await story.db.member.update({ where: { id: Number(member.id) }, data: { email } })
  }
  post(`${mention(ben)} ${mention(zoe)}`)
  await story.notify()
  expect(await heard(story, ben)).toMatchObject({ kind: 'FORUM_POST_MENTION', inApp: true, ...SENT })
  expect(await heard(story, ann)).toMatchObject({ kind: 'FORUM_POST_ALL', inApp: true, ...SHARED })
  expect(recipients(story)).toEqual(['household@example.org', 'zoe@example.org'])
})

test('of memberships with equal reasons, the oldest gets the email of their address', async () => {
  const { story, ann, ben, post } = await daves()
  await story.db.member.updateMany({ data: { email: 'household@example.org' } })
  post(`${mention(ben)} ${mention(ann)}`)
  await story.notify()
  expect(await heard(story, ann)).toMatchObject(SENT)
  expect(await heard(story, ben)).toMatchObject(SHARED)
})

test('a membership that gets no email of its own does not keep it from others with its address', async () => {
  const { story, ann, ben, post } = await daves()
  await story.db.member.updateMany({ data: { email: 'household@example.org' } })
  await story.sets(ann, 'FORUM_POST_MENTION', { inApp: true, byEmail: false })
  post(`${mention(ben)} ${mention(ann)}`)
  await story.notify()
  expect(await heard(story, ann)).toMatchObject(notSent('switched off for this kind'))
  expect(await heard(story, ben)).toMatchObject(SENT)
})

test('an address gets no email about what one of its memberships did', async () => {
  const { story, chain, ann, ben, zoe, thread } = await daves()
  await story.db.member.update({ where: { id: Number(ben.id) }, data: { email: 'ANN@example.org' } })
  chain.postAdded({ by: ann, in: thread, text: `${mention(ben)} ${mention(zoe)}` })
  await story.notify()
  expect(await story.told()).toEqual(['ben: FORUM_POST_MENTION', 'zoe: FORUM_POST_MENTION'])
  expect(await heard(story, ben)).toMatchObject({ inApp: true, ...OWN })
  expect(recipients(story)).toEqual(['zoe@example.org'])
})

test('an address that is not confirmed is nobody’s', async () => {
  const { story, ann, ben, post } = await daves()
  await story.db.member.update({
    where: { id: Number(ann.id) },
    data: { email: null, unverifiedEmail: 'ben@example.org' },
  })
  post(`${mention(ann)} ${mention(ben)}`)
  await story.notify()
  expect(await heard(story, ben)).toMatchObject(SENT)
})

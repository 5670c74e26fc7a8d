import { expect, test } from 'vitest'
import { serveApi } from '../support/api.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

const FIELDS = 'emailFrequency digestHour digestWeekday timeZone pauseEmailsUntil urgentImmediately'
const DAY_MS = 24 * 60 * 60 * 1000
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString()

async function bobs() {
  const story = await createStory()
  const bob = await story.member('bob')
  const api = await serveApi(story)
  const token = api.tokenOf(bob)
  return {
    story,
    bob,
    me: async () => (await api.data(`{ me { ${FIELDS} } }`, {}, token)).me,
    update: (settings: string) => api.data(`mutation { updateMember(${settings}) { ${FIELDS} } }`, {}, token),
    refusal: async (settings: string) => {
      const { errors } = await api.ask(`mutation { updateMember(${settings}) { id } }`, {}, token)
      return errors?.[0]?.message
    },
    /** A digest that collects, due in a week. */
    digest: async () => {
      const memberId = Number(bob.id)
      const sendAt = new Date(Date.now() + 7 * DAY_MS)
      const { id } = await story.db.email.create({ data: { memberId, type: 'digest', collects: true, sendAt } })
      return async () => (await story.db.email.findUniqueOrThrow({ where: { id } })).sendAt
    },
  }
}

const asTheyBegin = {
  emailFrequency: 'IMMEDIATE',
  digestHour: 9,
  digestWeekday: 1,
  timeZone: 'UTC',
  pauseEmailsUntil: null,
  urgentImmediately: true,
}

test('a new member receives every email at once, and changes only the settings that a request names', async () => {
  const { me, update } = await bobs()
  expect(await me()).toEqual(asTheyBegin)
  const until = inDays(14)
  await update(`emailFrequency: WEEKLY, digestHour: 18, pauseEmailsUntil: "${until}"`)
  const changed = { ...asTheyBegin, emailFrequency: 'WEEKLY', digestHour: 18, pauseEmailsUntil: until }
  expect(await me()).toEqual(changed)
  await update('digestWeekday: 5, timeZone: "Europe/Berlin", urgentImmediately: false, emailFrequency: null')
  const more = { ...changed, digestWeekday: 5, timeZone: 'Europe/Berlin', urgentImmediately: false }
  expect(await me()).toEqual(more)
  await update('pauseEmailsUntil: null')
  expect(await me()).toEqual({ ...more, pauseEmailsUntil: null })
})

test('a pause that has passed is none, also when a client sends it again', async () => {
  const { story, me, update } = await bobs()
  const pauseEmailsUntil = inDays(-1)
  await story.db.member.updateMany({ data: { pauseEmailsUntil } })
  expect(await me()).toEqual(asTheyBegin)
  await update(`pauseEmailsUntil: "${pauseEmailsUntil}"`)
  expect(await me()).toEqual(asTheyBegin)
})

test.each([
  ['digestHour: 24', 'The hour has to be'],
  ['digestHour: -1', 'The hour has to be'],
  ['digestWeekday: 0', 'The weekday has to be'],
  ['digestWeekday: 8', 'The weekday has to be'],
  ['timeZone: ""', 'There is no time zone'],
  ['timeZone: "Mars/Olympus"', 'There is no time zone "Mars/Olympus"'],
  // JavaScript would take the first, and PostgreSQL the others.
  ['timeZone: "+02:00"', 'There is no time zone'],
  ['timeZone: "FOO5"', 'There is no time zone'],
  ['timeZone: "<+07>-7"', 'There is no time zone'],
  ['timeZone: "posix/Europe/Berlin"', 'There is no time zone'],
  [`timeZone: "${'x'.repeat(90_000)}"`, 'There is no time zone "…"'],
  ['timeZone: "UTC\\u0000"', 'A text contains the character NUL'],
  ['pauseEmailsUntil: "tomorrow"', 'A time has to be written as in'],
  ['pauseEmailsUntil: "2026-02-30T00:00:00Z"', 'A time has to be written as in'],
  ['pauseEmailsUntil: "2030-01-01T25:00:00Z"', 'A time has to be written as in'],
  ['pauseEmailsUntil: "2030-01-01T00:00:00"', 'A time has to be written as in'],
  [`pauseEmailsUntil: "${inDays(400)}"`, 'A pause can last a year at most'],
])('an invalid setting is refused and changes nothing: %#', async (setting, message) => {
  const { story, me, refusal } = await bobs()
  expect(await refusal(`emailFrequency: DAILY, receiveEmails: false, ${setting}`)).toContain(message)
  expect(await me()).toEqual(asTheyBegin)
  expect(await story.db.member.count({ where: { receiveEmails: true } })).toBe(1)
})

test('Prisma Studio cannot store what would fail when news is recorded', async () => {
  const { story, me } = await bobs()
  for (const data of [{ timeZone: 'Mars/Olympus' }, { digestHour: 24 }, { digestWeekday: 0 }]) {
    await expect(story.db.member.updateMany({ data })).rejects.toThrow()
  }
  expect(await me()).toEqual(asTheyBegin)
})

test('a digest that collects moves with its member’s settings', async () => {
  const { update, digest } = await bobs()
  const due = await digest()
  await update('emailFrequency: HOURLY')
  const hourly = await due()
  expect(hourly.getTime()).toBeLessThanOrEqual(Date.now() + DAY_MS / 24)
  expect(hourly.getTime() % (DAY_MS / 24)).toBe(0)

  await update('emailFrequency: WEEKLY, digestHour: 6, digestWeekday: 3, timeZone: "Asia/Kolkata"')
  const weekly = await due()
  expect([weekly.getUTCDay(), weekly.getUTCHours(), weekly.getUTCMinutes()]).toEqual([3, 0, 30])

  const pause = inDays(30)
  await update(`pauseEmailsUntil: "${pause}"`)
  expect((await due()).toISOString()).toBe(pause)
  await update('pauseEmailsUntil: null')
  expect(await due()).toEqual(weekly)
  await update('emailFrequency: IMMEDIATE')
  expect((await due()).getTime()).toBeLessThanOrEqual(Date.now() + 1_000)
})

test('saving settings that are the same leaves a digest where it is', async () => {
  const { update, digest } = await bobs()
  const due = await digest()
  const before = await due()
  await update('emailFrequency: IMMEDIATE, digestHour: 8, timeZone: "Europe/Berlin", pauseEmailsUntil: null')
  expect(await due()).toEqual(before)
})

test('emails that a pause has held back are due when it is moved or ended', async () => {
  const { story, bob, update } = await bobs()
  const [until, later] = [inDays(3), inDays(5)]
  await update(`pauseEmailsUntil: "${until}"`)
  const memberId = Number(bob.id)
  const times = async () => (await story.db.email.findMany({ orderBy: { id: 'asc' } })).map(({ sendAt }) => sendAt)
  const retry = new Date(Date.now() + DAY_MS)
  await story.db.email.createMany({
    data: [
      { memberId, type: 'notification', sendAt: until },
      { memberId, type: 'notification', sendAt: retry },
    ],
  })
  await update(`pauseEmailsUntil: "${later}"`)
  expect(await times()).toEqual([new Date(later), retry])
  await update('pauseEmailsUntil: null')
  const [held, retried] = await times()
  expect(held?.getTime()).toBeLessThanOrEqual(Date.now() + 1_000)
  expect(retried).toEqual(retry)
})

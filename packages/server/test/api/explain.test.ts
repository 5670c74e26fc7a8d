import { mention } from 'query-node'
import { expect, test } from 'vitest'
import { serveApi } from '../support/api.ts'
import { recordingProvider, stories } from '../support/story.ts'

const createStory = stories()

const EXPLAIN = `query ($eventId: String!) {
  explain(eventId: $eventId) { eventId eventType time title notificationId outcome steps { label text } }
}`

test('a member asks why they were notified, another one why not, and neither reads of the other', async () => {
  const raw = '550 5.1.1 <bob@example.org> is unknown to mx.internal'
  const story = await createStory({ provider: recordingProvider([], () => ({ result: 'rejected', reason: raw })) })
  const { chain } = story
  const bob = await story.member('bob')
  const carol = await story.member('carol')
  const dave = story.stranger('dave')
  const thread = chain.threadCreated({ by: dave, in: chain.categoryCreated('General'), title: 'Plants', text: 'Water' })
  await story.begins()
  await story.refuses(carol, 'FORUM_POST_MENTION')
  chain.postAdded({ by: dave, in: thread, text: `${mention(bob)} and ${mention(carol)}` })
  await story.notify()
  const event = await story.db.event.findFirstOrThrow({ where: { type: 'PostAdded' } })
  const api = await serveApi(story)
  const explain = async (member: typeof bob) => {
    const { explain } = await api.data(EXPLAIN, { eventId: event.id }, api.tokenOf(member))
    return explain as { steps: { label: string; text: string }[] }[]
  }
  const known = { eventId: event.id, eventType: 'PostAdded', time: event.time.toISOString() }
  const his = await explain(bob)
  expect(his).toEqual([
    {
      ...known,
      title: 'dave mentioned you in “Plants”',
      notificationId: (await story.notificationOf(bob)).id,
      outcome:
        'You were notified in the app, because you were mentioned, and not by email: the address cannot receive emails.',
      steps: expect.arrayContaining([{ label: 'A post mentions me', text: expect.stringMatching(/This is why/) }]),
    },
  ])
  expect(JSON.stringify(his)).not.toMatch(/550|internal|bob@/)
  const hers = await explain(carol)
  expect(hers).toEqual([
    {
      ...known,
      title: 'dave mentioned you in “Plants”',
      notificationId: null,
      outcome: 'You were not notified: it was switched off in your settings (“A post mentions me”).',
      steps: expect.any(Array),
    },
  ])
  expect(hers[0]?.steps.map(({ label }) => label)).not.toContain('Email')
  expect(JSON.stringify(hers)).not.toMatch(/bob|address/)
})

test('an unknown event is answered in words; what can be no id, and too many questions, are errors', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const api = await serveApi(story)
  const token = api.tokenOf(bob)
  for (const eventId of ['OLYMPIA-1-1', '7', "'; --", 'x'.repeat(200), '🌱']) {
    expect(await api.data(EXPLAIN, { eventId }, token)).toEqual({
      explain: [expect.objectContaining({ eventId, eventType: null, time: null, title: null, steps: [] })],
    })
  }
  for (const eventId of ['', 'x'.repeat(201), 'OLYMPIA\0']) {
    expect(await api.code(EXPLAIN, { eventId }, token)).toBe('BAD_USER_INPUT')
  }
  expect(await api.code(EXPLAIN, { eventId: 'OLYMPIA-1-1' })).toBe('UNAUTHENTICATED')
  const many = (count: number) =>
    `{ ${Array.from({ length: count }, (_, n) => `e${n}: explain(eventId: "OLYMPIA-1-1") { outcome }`)} }`
  expect((await api.ask(many(3), {}, token)).errors).toBeUndefined()
  expect((await api.ask(many(4), {}, token)).errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
})

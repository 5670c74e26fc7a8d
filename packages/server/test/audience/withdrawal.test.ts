import { mention } from 'query-node'
import { expect, test } from 'vitest'
import { ANYBODY } from '../../src/events/addressee.ts'
import { eventOfType } from '../../src/events/list.ts'
import { recordingProvider, type Story, stories } from '../support/story.ts'

const createStory = stories()

/** Dave's thread, bob, whom his posts mention, and a provider that keeps emails waiting until it is open. */
async function forum() {
  const provider = { open: false }
  const sent: Story['sent'] = []
  const outcome = () =>
    provider.open
      ? { result: 'sent' as const, messageId: null }
      : { result: 'unavailable' as const, reason: 'not now', retryAfterMs: 0 }
  const story = await createStory({ provider: recordingProvider(sent, outcome) })
  story.expectLog(/not now/)
  const { chain } = story
  const bob = await story.member('bob')
  const dave = story.stranger('dave')
  const category = chain.categoryCreated('General')
  const thread = chain.threadCreated({ by: dave, in: category, title: 'Secret plants', text: 'Secret water.' })
  await story.begins()
  const post = (text = `Secret words, ${mention(bob)}`) => chain.postAdded({ by: dave, in: thread, text })
  /** What bob could read of each event now, and what became of its email. */
  const bobReads = async () => {
    const rows = await story.db.notification.findMany({ include: { event: true, email: true }, orderBy: { id: 'asc' } })
    return rows.map(({ kind, event, email }) => {
      const { title, summary, excerpt } = eventOfType(event?.type ?? '').words(
        event?.data as never,
        kind as never,
        ANYBODY,
      )
      return { text: [title, summary, excerpt ?? '-'].join(' | '), status: email?.status, reason: email?.reason }
    })
  }
  const openProvider = async () => {
    provider.open = true
    await story.pauseEnds()
    await story.db.email.updateMany({ where: { status: 'PENDING' }, data: { sendAt: new Date(0), leaseUntil: null } })
  }
  return { story, chain, bob, dave, category, thread, post, sent, bobReads, openProvider }
}

const WITHDRAWN = { status: 'IGNORED', reason: 'WITHDRAWN' }

test('a post that is moderated while its email waits is not mailed, and its text leaves the inbox', async () => {
  const { story, chain, post, sent, bobReads, openProvider } = await forum()
  const rude = post()
  const kept = post()
  await story.notify()
  chain.postModerated(rude)
  await story.notify()
  expect(await bobReads()).toEqual([
    { text: expect.stringMatching(/^dave mentioned you in “Secret plants” .* -$/), ...WITHDRAWN },
    { text: expect.stringMatching(/Secret words, @bob$/), status: 'PENDING', reason: expect.anything() },
  ])
  await openProvider()
  await story.notify()
  expect(sent.map(({ text }) => text.includes(`?post=${kept.id}`))).toEqual([true])
})

test.for(['threadModerated', 'threadDeleted'] as const)(
  'after %s, the title and the text of the thread and its posts are gone, in emails too',
  async (what) => {
    const { story, chain, bob, dave, category, post, sent, bobReads, openProvider } = await forum()
    const other = chain.threadCreated({ by: dave, in: category, title: 'Other', text: mention(bob) })
    const hidden = chain.threadCreated({ by: dave, in: category, title: 'Rude', text: `Rude text ${mention(bob)}` })
    chain.postEdited(chain.postAdded({ by: dave, in: hidden, text: 'Rude post' }), {
      text: `Rude edit ${mention(bob)}`,
    })
    chain.postAdded({ by: dave, in: hidden, text: `Rude post ${mention(bob)}` })
    post()
    await story.notify()
    expect(JSON.stringify(await bobReads())).toMatch(/Rude/)
    chain[what](hidden)
    await story.notify()
    const reads = await bobReads()
    expect(reads.length).toBe(5)
    expect(reads.filter(({ reason }) => reason === 'WITHDRAWN').map(({ text }) => text)).toEqual([
      'dave mentioned you in a removed thread | The mention is in the first post of a new thread. | -',
      'dave mentioned you in a removed thread | The mention was added to an earlier post. | -',
      'dave mentioned you in a removed thread |  | -',
    ])
    expect(JSON.stringify(await story.db.event.findMany())).not.toMatch(/Rude/)
    await openProvider()
    await story.notify()
    expect(sent.length).toBe(2)
    expect(JSON.stringify(sent)).toMatch(/Other.*Secret/)
    expect(other.id).not.toBe(hidden.id)
  },
)

test('one deletion hides several posts; one that only locks them changes nothing', async () => {
  const { story, chain, post, bobReads } = await forum()
  const posts = [post(), post(), post()]
  const locked = post()
  await story.notify()
  chain.postDeleted(posts)
  chain.postDeleted(locked, { hides: false })
  await story.notify()
  const reads = await bobReads()
  expect(reads.map(({ reason }) => reason === 'WITHDRAWN')).toEqual([true, true, true, false])
  expect(reads.map(({ text }) => text.includes('Secret words'))).toEqual([false, false, false, true])
})

test('a thread that is deleted without hiding stays readable', async () => {
  const { story, chain, thread, post, bobReads } = await forum()
  post()
  await story.notify()
  chain.threadDeleted(thread, { hides: false })
  await story.notify()
  expect((await bobReads()).map(({ status, text }) => [status, text.includes('Secret words')])).toEqual([
    ['PENDING', true],
  ])
})

test('a deleted post of a discussion loses its text, and the proposal keeps its title', async () => {
  const { story, chain, bob, dave, bobReads } = await forum()
  const proposal = chain.proposalCreated({ by: dave, title: 'Plants', description: 'More' })
  await story.begins()
  const comment = chain.discussionPostCreated({ by: dave, on: proposal, text: `Secret ${mention(bob)}` })
  await story.notify()
  chain.discussionPostDeleted(comment)
  await story.notify()
  expect(await bobReads()).toEqual([
    { text: expect.stringMatching(/^dave mentioned you on “Plants” .* -$/), ...WITHDRAWN },
  ])
})

test('a post that is hidden in the window in which it is read is told without its text, and not mailed', async () => {
  const { story, chain, post, bobReads } = await forum()
  chain.postModerated(post())
  expect((await story.notify()).emails).toMatchObject({ sent: 0, ignored: 1 })
  expect(await bobReads()).toEqual([{ text: expect.not.stringMatching(/Secret words/), ...WITHDRAWN }])
})

test('a post in a thread that was hidden before is told without any text, and not mailed', async () => {
  const { story, chain, thread, post, bobReads } = await forum()
  chain.threadModerated(thread)
  await story.begins()
  post()
  await story.notify()
  expect(await bobReads()).toEqual([{ text: expect.not.stringMatching(/Secret/), ...WITHDRAWN }])
})

test('what was sent stays sent', async () => {
  const { story, chain, post, bobReads, openProvider } = await forum()
  await openProvider()
  const rude = post()
  await story.notify()
  chain.postModerated(rude)
  await story.notify()
  expect(await bobReads()).toEqual([{ text: expect.not.stringMatching(/Secret words/), status: 'SENT', reason: null }])
})

test('a thread with thousands of posts is withdrawn as a whole', async () => {
  const { story, chain, thread, post, bobReads } = await forum()
  for (let n = 0; n < 2_500; n++) post()
  await story.notify()
  chain.threadModerated(thread)
  await story.notify()
  const reads = await bobReads()
  expect(reads.length).toBe(2_500)
  expect(reads.filter(({ text, reason }) => text.includes('Secret') || reason !== 'WITHDRAWN')).toEqual([])
})

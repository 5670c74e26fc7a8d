import { mention } from 'query-node'
import { expect, test } from 'vitest'
import { retrySetAside } from '../../src/notifier/retry-set-aside.ts'
import type { NotifierDeps } from '../../src/notifier/run.ts'
import { work } from '../../src/notifier/worker.ts'
import { serveApi, signed } from '../support/api.ts'
import { recordingProvider, type Story, stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()

/** In all that members write. */
const TEXT = 'Wolpertinger'
const ADDRESS = 'bob@example.org'
const NEW_ADDRESS = 'bob@somewhere.example'

/** Everything that the log has, nothing in it that is a member's own. */
function logOf(story: Story, secrets: string[] = []): string {
  const log = story.logs.map((entry) => JSON.stringify(entry)).join('\n')
  for (const secret of [TEXT, ADDRESS, NEW_ADDRESS, ...secrets]) expect(log).not.toContain(secret)
  return log
}

/** Dave mentions Bob, at whom a notifier that keeps running works until the log has something. */
async function tellBob(story: Story, until_: RegExp, deps: Partial<NotifierDeps> = {}) {
  const stop = new AbortController()
  const done = work({ ...story.deps, ...deps, stop: stop.signal }, { seconds: 1_000 })
  await until(() => story.logs.some(({ msg }) => until_.test(msg)))
  stop.abort()
  await done
}

async function post(provider?: NotifierDeps['providers'][number]) {
  const story = await createStory({ provider })
  const bob = await story.member('bob')
  const dave = story.stranger(`Dave the ${TEXT}`)
  const forum = story.chain.categoryCreated(`About ${TEXT}`)
  const thread = story.chain.threadCreated({ by: dave, in: forum, title: `A ${TEXT}`, text: `I saw a ${TEXT}` })
  await story.begins()
  story.chain.postAdded({ by: dave, in: thread, text: `${mention(bob)}, a ${TEXT}!` })
  story.chain.commitBlock()
  return { story, bob }
}

test('a run that goes well, and a provider that quotes the address which it refuses', async () => {
  const reason = `454 4.7.1 <${ADDRESS}>: relay denied for "${ADDRESS}", key eyJhbGciOi.eyJtZW1i.c2ln\nBye`
  const { story } = await post(recordingProvider([], () => ({ result: 'unavailable', reason })))
  story.expectLog(/Sending has stopped/)
  await tellBob(story, /^Sending has stopped/)
  const log = logOf(story, ['eyJ'])
  expect(log).toMatch(/Sending has stopped.*relay denied/)
  expect((await story.db.email.findFirstOrThrow()).reason).toBe(reason)
})

test('an event that stumbles over a text, and one that lacks something', async () => {
  const { story } = await post()
  story.expectLog(/Set aside|Still not understood/)
  const { queryNode } = story.deps
  const stumbles: typeof queryNode = {
    ...queryNode,
    async request(document, variables) {
      if (JSON.stringify(document).includes('forumPosts')) throw new SyntaxError(`Unexpected "${TEXT}"`)
      return queryNode.request(document, variables)
    },
  }
  await tellBob(story, /^Run done/, { queryNode: stumbles })
  await retrySetAside({ ...story.deps, queryNode: stumbles })
  story.chain.raise('PostAddedEvent', { postId: '500', isEditable: true, text: TEXT })
  await story.notify()
  const log = logOf(story)
  expect(log).toMatch(/Set aside PostAdded \S+: SyntaxError, see the table SetAsideEvent/)
  expect(log).toMatch(/Still not understood: PostAdded \S+: SyntaxError/)
  expect(log).toMatch(/Set aside PostAdded \S+: The query node has no forum post 500/)
  expect((await story.db.setAsideEvent.findFirstOrThrow()).error).toContain(TEXT)
})

test('a database that refuses a row: which rule and where, not what stands in the row', async () => {
  const { story } = await post()
  story.expectLog(/The run failed/)
  await story.db.$executeRaw`ALTER TABLE "Event" ADD CONSTRAINT no_posts CHECK (type <> 'PostAdded')`
  try {
    await tellBob(story, /The run failed/)
  } finally {
    await story.db.$executeRaw`ALTER TABLE "Event" DROP CONSTRAINT no_posts`
  }
  expect(logOf(story)).toMatch(/The run failed.*violates check constraint .*no_posts/)
  const [{ err }] = story.logs.filter(({ msg }) => msg.startsWith('The run failed')) as unknown as [
    { err: { code: string; stack: string } },
  ]
  expect(err.code).toBe('23514')
  expect(err.stack).toMatch(/at .*recordNotifications/)
})

test('a query node that quotes what it stumbles over, and one that is cut off', async () => {
  const { story } = await post()
  story.expectLog(/Nothing more was read/)
  story.node.duringNext(1, { errors: `String cannot represent value: { a: "${TEXT}" }` })
  await story.notify()
  story.node.faults.truncatedBody = true
  await story.notify()
  const log = logOf(story)
  expect(log).toContain('String cannot represent value: …')
  expect(log).toContain('answered with something that is not JSON')
})

test('requests to the API, and what goes wrong inside', async () => {
  const { story, bob } = await post()
  await story.notify()
  const api = await serveApi(story)
  const token = api.tokenOf(bob)
  const signIn = signed(bob)
  const change = 'mutation ($email: String) { updateMember(email: $email) { id } }'
  await api.data(
    `mutation { signin(memberId: ${bob.id}, timestamp: ${signIn.timestamp}, signature: "${signIn.signature}") }`,
  )
  await story.db.$executeRaw`ALTER TABLE "Member" ADD CONSTRAINT no_change CHECK ("unverifiedEmail" IS NULL)`
  await story.db.$executeRaw`ALTER TABLE "Subscription" RENAME TO "Hidden"`
  try {
    expect(await api.code(change, { email: NEW_ADDRESS }, token)).toBe('INTERNAL_SERVER_ERROR')
    await api.ask(`mutation { updateMember(email: "${NEW_ADDRESS}") { id } }`, {}, token)
    await api.ask(`{ entitySubscriptions(entityId: "${TEXT}") { id } }`, {}, token)
  } finally {
    await story.db.$executeRaw`ALTER TABLE "Member" DROP CONSTRAINT no_change`
    await story.db.$executeRaw`ALTER TABLE "Hidden" RENAME TO "Subscription"`
  }
  await api.ask(`mutation { verifyEmail(token: "${story.tokens.email(Number(bob.id), NEW_ADDRESS)}") { id } }`)
  await api.close()
  const log = api.log.join('')
  for (const secret of [TEXT, ADDRESS, NEW_ADDRESS, token, signIn.signature, 'eyJ', '127.0.0.1']) {
    expect(log).not.toContain(secret)
  }
  expect(log).toMatch(/violates check constraint .*no_change/)
  expect(log).toMatch(/An API request failed. The database is not up to date/)
  logOf(story)
})

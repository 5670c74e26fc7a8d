import { createServer } from 'node:http'
import type { Server } from 'node:net'
import type { Faults } from 'query-node'
import { expect, onTestFinished, test } from 'vitest'
import { connectQueryNode } from '../../src/chain/client.ts'
import { readHead } from '../../src/chain/window.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

async function postsWaiting(count = 3) {
  const story = await createStory()
  const { chain } = story
  const bob = await story.member('bob')
  const dave = story.stranger('dave')
  const thread = chain.threadCreated({
    by: dave,
    in: chain.categoryCreated('General'),
    title: 'Plants',
    text: 'Water them.',
  })
  await story.wants(bob, 'FORUM_POST_ALL')
  await story.begins()
  for (let n = 0; n < count; n++) chain.postAdded({ by: dave, in: thread, text: `Post ${n}` })
  return { story, chain, dave, thread, bob, block: chain.openBlock }
}

/** `attempts`: a request whose connection breaks off is sent once more. */
const faults: [string, Faults, RegExp, attempts?: number][] = [
  ['cuts the connection', { down: true }, /query node at .* cannot be read/, 2],
  ['cuts the connection during its answer', { breaksOff: true }, /query node at .* cannot be read/, 2],
  [
    'redirects',
    { redirectTo: 'http://10.0.0.1/admin?key=secret' },
    /redirects to http:\/\/10.0.0.1\/admin, which is not followed$/,
  ],
  ['answers with more than 20 MB', { paddingBytes: 21 * 1024 * 1024 }, /answered with more than 20 MB$/, 20],
  ['is too slow', { delayMs: 3_000 }, /did not answer within 2 seconds/],
  ['answers with errors and no data', { errors: 'syntax error at or near "SELECT"' }, /answered with an error: syntax/],
  ['answers with an HTML page', { htmlStatus: 502 }, /query node at/],
  ['answers with an HTML page that claims success', { htmlStatus: 200 }, /query node at/],
  ['breaks off in the middle of its answer', { truncatedBody: true }, /query node at/],
]

for (const [what, fault, message, attempts = 1] of faults) {
  test(`a query node that ${what} is a failed run in which nothing moves, and the next run tells everything`, async () => {
    const { story, block } = await postsWaiting()
    story.expectLog(/Nothing more was read, the next run tries again/)
    const before = await story.cursor()
    const patient = story.deps.queryNode
    if (what === 'is too slow') story.deps.queryNode = connectQueryNode(story.node.url, 2_000)

    // The head is asked for first, then the page: the fault hits the one and then the other.
    story.node.duringNext(attempts, fault)
    const first = await story.notify()
    story.node.clearFaults()
    story.node.duringNext(1, {})
    story.node.duringNext(attempts, fault)
    const second = await story.notify()
    for (const { failure, events, notifications } of [first, second]) {
      expect(failure).toMatch(message)
      expect([events, notifications]).toEqual([0, 0])
    }
    expect(await story.cursor()).toEqual(before)

    story.node.clearFaults()
    story.deps.queryNode = patient
    expect((await story.notify()).notifications).toBe(3)
    expect(await story.cursor()).toEqual({ block })
  })
}

test.each([
  ['application/json', '[]'],
  ['application/json', '[{"data": {"secret": 1}}]'],
  ['application/json', '{"secret": 1}'],
  ['application/json', '"secret"'],
  ['application/json', '{"errors": {"message": "secret"}}'],
  ['application/json', '{"errors": ["secret"]}'],
  ['application/json', '{"errors": [null]}'],
  ['application/json', '[{"errors": [{"message": "secret"}]}]'],
  ['text/html', '<p>secret</p>'],
  ['text/html', '{"data": {"secret": 1}}'],
])('what answers as %s with %s is no query node: that is said, and nothing of it', async (type, body) => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', type)
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => server.close().closeAllConnections())
  const address = server.address()
  const port = address && typeof address === 'object' ? address.port : 0
  await expect(readHead(connectQueryNode(`http://127.0.0.1:${port}/`))).rejects.toThrow(
    `The query node at http://127.0.0.1:${port}/ answered with something that is not GraphQL: is QUERY_NODE_ENDPOINT right?`,
  )
})

/** A server on a free port of this machine, until the end of the test. */
async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return address && typeof address === 'object' ? address.port : 0
}

const plain = () => createServer((_request, response) => response.writeHead(404).end('<p>Cannot POST /</p>'))
const closed = async () => {
  const server = plain()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}
const wrongAddresses: [string, () => Promise<string>][] = [
  ['a path that is not there', async () => `http://127.0.0.1:${await listen(plain())}/graphqll`],
  ['https at a port that speaks http', async () => `https://127.0.0.1:${await listen(plain())}/graphql`],
  ['a port at which nobody listens', async () => `http://127.0.0.1:${await closed()}/graphql`],
  ['a host that does not exist', async () => 'http://query-node.invalid/graphql'],
]

test.each(wrongAddresses)('%s: the failure names QUERY_NODE_ENDPOINT', async (_what, address) => {
  const failure = readHead(connectQueryNode(await address()))
  await expect(failure).rejects.toThrow(/^The query node at .*: is QUERY_NODE_ENDPOINT right\?$/)
})

test('a query node that fails during the look-ups leaves the cursor in place', async () => {
  const { story } = await postsWaiting()
  story.expectLog(/Nothing more was read/)
  const before = await story.cursor()
  story.node.duringNext(3, {})
  story.node.duringNext(1, { errors: 'connection terminated' })
  expect((await story.notify()).failure).toMatch(/connection terminated/)
  expect(await story.cursor()).toEqual(before)
  expect(await story.told()).toEqual([])
  expect((await story.notify()).notifications).toBe(3)
})

test('a query node that returns short pages is read until a page is empty', async () => {
  const { story } = await postsWaiting(10)
  story.node.duringNext(1, {})
  story.node.duringNext(3, { cappedRows: 4 })
  expect((await story.notify()).notifications).toBe(10)
})

test('a page without the newest event of the head is rejected', async () => {
  const { story } = await postsWaiting()
  story.expectLog(/its answer is incomplete/)
  const before = await story.cursor()
  story.node.duringNext(1, {})
  story.node.duringNext(1, { cappedRows: 0 })
  expect((await story.notify()).failure).toMatch(/left out PostAdded events/)
  expect(await story.cursor()).toEqual(before)
  expect((await story.notify()).notifications).toBe(3)
})

test('a run waits for a query node that is being rebuilt: it succeeds, does nothing and says so', async () => {
  const { story, chain, dave, thread } = await postsWaiting()
  await story.notify()
  story.expectLog(/The query node stands at block \d+, behind block \d+ .*rebuilt or lags/)
  const before = await story.cursor()
  story.node.faults.hideBlocksAfter = chain.head - 1
  const { failure, events } = await story.notify()
  expect([failure, events]).toEqual([undefined, 0])
  expect(story.logs.some(({ msg }) => /being rebuilt or lags/.test(msg))).toBe(true)
  expect(await story.cursor()).toEqual(before)

  story.node.clearFaults()
  chain.postAdded({ by: dave, in: thread, text: 'It is back' })
  expect((await story.notify()).notifications).toBe(1)
})

test('due emails are sent while the query node is down', async () => {
  let open = false
  const sent: string[] = []
  const provider = {
    name: 'test',
    close: async () => {},
    send: async ({ to }: { to: string }) => {
      if (!open) return { result: 'unavailable' as const, reason: 'the key is wrong' }
      sent.push(to)
      return { result: 'sent' as const, messageId: null }
    },
  }
  const story = await createStory({ provider })
  story.expectLog(/Sending has stopped|Nothing more was read/)
  await story.member('bob')
  await story.begins()
  story.chain.votingPeriodStarted({ candidates: [] })
  expect((await story.notify()).emails.stopped?.reason).toBe('the key is wrong')

  open = true
  await story.pauseEnds()
  story.node.faults.down = true
  const { failure, emails } = await story.notify()
  expect(failure).toMatch(/query node/)
  expect(emails.sent).toBe(1)
  expect(sent).toEqual(['bob@example.org'])
})

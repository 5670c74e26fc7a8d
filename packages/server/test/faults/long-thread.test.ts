import { createChain } from 'query-node'
import { expect, test } from 'vitest'
import { createService, postgresOfFile } from './support/service.ts'

const postgres = postgresOfFile()
const POSTS = 200_000
const AUTHORS = 5_000
const HOUR = 60 * 60 * 1000
/** Megabytes, as on a machine with 512 MB. */
const HEAP = 259

test(`one new post in a thread of ${POSTS} posts: read page by page once, all others are told at once, and the next post costs nothing more`, {
  timeout: 900_000,
}, async () => {
  const chain = createChain({ genesisTime: new Date(Date.now() - 48 * HOUR), firstBlock: 1_000 })
  const people = Array.from({ length: AUTHORS }, (_, n) => chain.memberJoins(`member-${n}`))
  const by = (n: number) => people[n % AUTHORS] as (typeof people)[number]
  const stranger = chain.memberJoins('stranger')
  const forum = chain.categoryCreated('General')
  const open = (title: string) => chain.threadCreated({ by: stranger, in: forum, title, text: 'Well?' })
  const [long, short] = [open('Long'), open('Short')]
  for (let n = 0; n < POSTS; n++) {
    chain.postAdded({ by: by(n), in: long, text: '.' })
    if (n % 10 === 9) chain.commitBlock()
  }
  chain.postAdded({ by: by(1), in: short, text: '.' })
  chain.commitBlock()
  // The members with the numbers 1 to 20 are registered; each posted in the long thread, one in the short one.
  const service = await createService(postgres(), 20, chain)
  const { node, query } = service
  const sizes: number[] = []
  const asked = { pages: 0, others: 0 }
  node.faults.rewrite = (body, { operationName }) => {
    asked[operationName === 'PostAuthors' ? 'pages' : 'others']++
    sizes.push(body.split('"id":').length - 1)
    return body
  }
  const toldOf = async (title: string) =>
    (
      await query<{ n: number }>(
        `SELECT count(*)::int AS n FROM "Notification" n JOIN "Event" e ON e.number = n."eventNumber"
        WHERE e.data->>'thread' = $1 AND n.kind = 'FORUM_THREAD_CONTRIBUTOR'`,
        [title],
      )
    )[0]?.n
  const run = async () => {
    Object.assign(asked, { pages: 0, others: 0 })
    sizes.length = 0
    const { code, lines, problems } = await service.notify({}, { heap: HEAP })
    expect([code, problems()]).toEqual([0, []])
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000)
    expect(lines().find(({ kb }) => kb)?.kb).toBeLessThan(250_000)
    return { ...asked }
  }

  chain.postAdded({ by: stranger, in: long, text: 'The last word' })
  chain.postAdded({ by: stranger, in: short, text: 'The last word' })
  chain.commitBlock()
  await run()
  expect([await toldOf('Short'), await toldOf('Long')]).toEqual([1, 0])
  const runs = [await run(), await run()]
  expect(Math.max(...runs.map(({ pages }) => pages))).toBeLessThanOrEqual(50)
  expect([await toldOf('Short'), await toldOf('Long')]).toEqual([1, 20])
  expect(await service.count('"WaitingEvent"')).toBe(0)
  expect(await service.count(`"KnownAuthor" WHERE "listId" = '${long.id}'`)).toBe(AUTHORS + 1)

  const costOf = async (thread: typeof long) => {
    chain.postAdded({ by: stranger, in: thread, text: 'One more' })
    chain.commitBlock()
    return run()
  }
  const cost = await costOf(long)
  expect(cost.pages).toBe(0)
  expect(cost).toEqual(await costOf(short))
  expect([await toldOf('Short'), await toldOf('Long')]).toEqual([2, 40])
})

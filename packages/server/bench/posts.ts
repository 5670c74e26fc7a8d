import { largeChain, startQueryNode } from 'query-node'
import { addMembers, againstBareInsert, type Bench, bench, numbers } from './support.ts'

/**
 * `npm run bench:posts -- --events 1000 --members 10000 --digests 20`: a busy day of the forum, read in one run. Posts in
 * threads of 20, in categories three deep; every member has a confirmed address and five subscriptions. The last number
 * is the share of members with digests, in percent.
 */
const { events, members, runs, digests } = numbers('posts', 'Measures a busy day of the forum', {
  events: 1_000,
  members: 10_000,
  runs: 3,
  digests: 0,
})

type Setting = { kind: string; entityId: string | null; on: boolean }

const POSTS_PER_BLOCK = 10
const MS_PER_BLOCK = 6_000
/** The share of watched threads with new posts: people also watch quiet threads. */
const BUSY_SHARE = 1 / 10

await bench('posts', async (bench) => {
  // Recent enough that everything is emailed.
  const age = (events / POSTS_PER_BLOCK + 10) * MS_PER_BLOCK
  const { chain, threads, categories, lastSetUpBlock } = largeChain({
    events,
    members,
    eventsPerBlock: POSTS_PER_BLOCK,
    msPerBlock: MS_PER_BLOCK,
    genesisTime: new Date(Date.now() - age),
  })
  const queryNode = await startQueryNode(chain)
  const threadIds = threads.map(({ id }) => id)
  const categoryIds = categories.map(({ id }) => id)
  try {
    await addMembers(bench, 0, members - 1, digests)
    await addSettings(bench, (member) => settingsOf(member, threadIds, categoryIds))
    const result = await againstBareInsert(bench, queryNode, lastSetUpBlock, runs)
    return { events, members, digests, ...result }
  } finally {
    await queryNode.close()
  }
})

/** Five settings per member, derived from their number, so that every run has the same. */
function settingsOf(member: number, threads: string[], categories: string[]): Setting[] {
  const thread = (n: number) => threads[n % Math.round(threads.length / BUSY_SHARE)] ?? `quiet-${n}`
  const category = categories[member % categories.length] ?? ''
  const entity = (kind: string, entityId: string, on = true): Setting => ({ kind, entityId, on })
  const general = (kind: string, on = true): Setting => ({ kind, entityId: null, on })
  const every = (n: number) => member % n === 0

  return [
    // One in fifty follows the whole forum, one in twenty a category, and one in twenty mutes a thread.
    every(50) ? general('FORUM_POST_ALL') : entity('FORUM_THREAD_ENTITY_POST', thread(member)),
    every(20)
      ? entity('FORUM_CATEGORY_ENTITY_POST', category)
      : entity('FORUM_THREAD_ENTITY_POST', thread(member * 7 + 1)),
    entity('FORUM_THREAD_ENTITY_POST', thread(member * 13 + 2), !every(20)),
    general('PROPOSAL_STATUS_ALL'),
    every(10) ? general('FORUM_THREAD_CONTRIBUTOR', false) : general('PROPOSAL_VOTE_ALL', !every(3)),
  ]
}

async function addSettings({ sql }: Bench, settingsOf: (member: number) => Setting[]): Promise<void> {
  const all = Array.from({ length: members }, (_, member) => settingsOf(member).map((one) => ({ ...one, member })))
  const rows = all.flat()
  await sql.query(
    `INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail")
     SELECT member, kind, entity, "on", "on"
     FROM unnest($1::int[], $2::text[], $3::text[], $4::bool[]) AS s (member, kind, entity, "on")
     ON CONFLICT DO NOTHING`,
    [
      rows.map(({ member }) => member),
      rows.map(({ kind }) => kind),
      rows.map(({ entityId }) => entityId),
      rows.map(({ on }) => on),
    ],
  )
}

import { connect } from '../src/db/client.ts'
import { LIMITS } from '../src/db/session.ts'
import { generalKinds } from '../src/events/kinds.ts'
import { howMuch } from '../src/inbox/how-much.ts'
import { previewSettings, type Switches } from '../src/inbox/preview.ts'
import { addMembers, bench, median, numbers, rounded, settle } from './support.ts'

/**
 * `npm run bench:preview -- --events 10000 --members 100000`: what a preview of settings costs, for a member who would
 * follow everything.
 */
const { events, members, runs } = numbers('preview', 'Measures previews of settings', {
  events: 10_000,
  members: 100_000,
  runs: 9,
})
const MEMBER = 7

await bench('preview', async ({ url, sql }) => {
  await addMembers({ url, sql }, 0, members - 1)
  // Posts in threads with thirty authors, in categories three deep. The member is one of the authors of every tenth.
  await sql.query(
    `INSERT INTO "Event" (id, type, block, "time", fact, "actorId", rules, data)
     SELECT n, 'PostAdded', n, now() - make_interval(secs => n * 200), n, n % 1000 + 100, jsonb_build_array(
       jsonb_build_object('audience', 'members', 'kind', 'FORUM_POST_MENTION', 'memberIds', jsonb_build_array(n % 50)),
       jsonb_build_object('audience', 'members', 'kind', 'ROLE_MENTION', 'memberIds', '[]'::jsonb),
       jsonb_build_object('audience', 'members', 'kind', 'FORUM_POST_REPLY', 'memberIds', jsonb_build_array(n % 1000)),
       jsonb_build_object('audience', 'members', 'kind', 'FORUM_THREAD_CREATOR', 'memberIds', jsonb_build_array(n % 300)),
       jsonb_build_object('audience', 'members', 'kind', 'FORUM_THREAD_CONTRIBUTOR', 'memberIds',
         (SELECT jsonb_agg(i * 10 + n % 10) FROM generate_series(0, 29) i)),
       jsonb_build_object('audience', 'watchers', 'kind', 'FORUM_THREAD_ENTITY_POST', 'entityId', (n % 500)::text),
       jsonb_build_object('audience', 'watchers', 'kind', 'FORUM_CATEGORY_ENTITY_POST', 'entityId', (n % 50)::text),
       jsonb_build_object('audience', 'watchers', 'kind', 'FORUM_CATEGORY_ENTITY_POST', 'entityId', (n % 5)::text),
       jsonb_build_object('audience', 'watchers', 'kind', 'FORUM_CATEGORY_ENTITY_POST', 'entityId', '0'),
       jsonb_build_object('audience', 'everyone', 'kind', 'FORUM_POST_ALL')
     ), '{}' FROM generate_series(1, $1::int) n`,
    [events],
  )
  await sql.query(
    `INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail")
     SELECT $1, 'FORUM_THREAD_ENTITY_POST', n, n % 7 > 0, n % 7 > 0 FROM generate_series(1, 100) n`,
    [MEMBER],
  )
  await settle({ sql })
  const { pool, close } = connect(url, LIMITS.api)
  const all = Object.keys(generalKinds).map((kind) => ({ kind, inApp: true, byEmail: true }) as Switches)
  try {
    const preview = await previewSettings(pool, MEMBER, all, 30)
    return {
      events,
      members,
      notifications: preview.notifications,
      previewMs: await msOf(() => previewSettings(pool, MEMBER, all, 30)),
      presentMs: await msOf(() => previewSettings(pool, MEMBER, [], 30)),
      howMuchMs: await msOf(() => howMuch(pool, MEMBER)),
    }
  } finally {
    await close()
  }
})

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const started = performance.now()
    await work()
    times.push(performance.now() - started)
  }
  return rounded(median(times), 1)
}

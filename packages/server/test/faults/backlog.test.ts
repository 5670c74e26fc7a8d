import { largeChain } from 'query-node'
import { expect, test } from 'vitest'
import { createService, postgresOfFile } from './support/service.ts'

const postgres = postgresOfFile()
const FEW = 10_000
const MANY = 100_000
const BLOCK = 6_000
const CURIOUS = 5_000
/** Megabytes: half of what Node.js takes on a machine with 512 MB, so that garbage hardly changes the peak. */
const HEAP = 128

/** The posts of the hours in which the query node did not answer. */
async function outage(posts: number) {
  const age = (posts / 10 + 10) * BLOCK
  const { chain, lastSetUpBlock } = largeChain({
    events: posts,
    members: 1_000,
    threads: posts / 2,
    msPerBlock: BLOCK,
    genesisTime: new Date(Date.now() - age),
  })
  const service = await createService(postgres(), 20, chain)
  await service.query(`UPDATE "Store" SET value = $1 WHERE key = 'Progress'`, [{ block: lastSetUpBlock }])
  // One member follows all posts in the app; the others are only notified of mentions.
  await service.query(`INSERT INTO "Member" (id, name) VALUES (${CURIOUS}, 'curious')`)
  await service.query(`INSERT INTO "Subscription" ("memberId", kind, "shouldNotify", "shouldNotifyByEmail")
    VALUES (${CURIOUS}, 'FORUM_POST_ALL', true, false)`)
  service.node.faults.down = true
  const { code, problems } = await service.notify()
  expect([code, problems()]).toEqual([1, [expect.stringMatching(/^Nothing more was read, the next run tries again: /)]])
  service.node.clearFaults()
  return service
}

/** The run that reads all of them. @returns its peak memory in kilobytes, and its output */
async function catchUp(posts: number) {
  const service = await outage(posts)
  // Above the limit, emails would wait for the end of the hour.
  const { code, lines, messages, problems } = await service.notify({ EMAILS_PER_HOUR: '0' }, { heap: HEAP })
  expect([code, problems()]).toEqual([0, []])
  const told = `"Notification" WHERE "memberId" = ${CURIOUS}`
  expect(await service.count(told)).toBe(posts)
  expect(await service.count(`(SELECT DISTINCT "eventId" FROM ${told}) t`)).toBe(posts)
  const emails = await service.count('"Email"')
  expect(emails).toBeGreaterThan(0)
  expect(await service.count(`"Email" WHERE status = 'SENT'`)).toBe(emails)
  expect([service.mail.taken.length, service.mail.twice()]).toEqual([emails, []])
  return { peak: lines().find(({ kb }) => kb)?.kb ?? 0, messages: messages() }
}

test('a query node that was down for hours leaves 100,000 events: they are read in the memory of 10,000, with progress shown', {
  timeout: 900_000,
}, async () => {
  // The peak of the same work varies by a tenth, with the moments at which garbage is collected.
  const peaks = [await catchUp(FEW), await catchUp(FEW), await catchUp(FEW)].map(({ peak }) => peak)
  const few = { peak: Math.max(...peaks) }
  const many = await catchUp(MANY)
  console.log(`Peak memory: ${few.peak} KB for ${FEW} events, ${many.peak} KB for ${MANY}`)
  expect(many.peak).toBeLessThan(few.peak * 1.2)
  // Kilobytes, as docs/operations.md promises.
  expect(few.peak).toBeGreaterThan(0)
  expect(many.peak).toBeLessThan(250_000)
  const progress = many.messages.filter((message) => message.startsWith('Working through a backlog: '))
  expect(progress.length).toBeGreaterThan(0)
  for (const line of progress) {
    expect(line).toMatch(/\d+ of 10000 blocks, \d+ events, \d+ notifications, \d+ events a second$/)
  }
})

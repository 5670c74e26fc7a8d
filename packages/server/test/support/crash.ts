import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { continueSample, type QueryNode, type Sample, sampleChain, startQueryNode } from 'query-node'
import { afterEach, beforeEach, expect } from 'vitest'
import { cloneDatabase, type TestDatabase } from './database.ts'

const HOUR = 60 * 60 * 1000
const SCRIPT = join(import.meta.dirname, 'notifier-process.ts')

let sample: Sample
let node: QueryNode
const open: (() => Promise<unknown>)[] = []

/** Call once in a test file: a chain with 120 blocks of news, for each test. */
export function sampleNews() {
  beforeEach(prepare)
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close()
  })
}

async function prepare() {
  sample = sampleChain({ genesisTime: new Date(Date.now() - HOUR) })
  for (let block = 0; block < 120; block++) continueSample(sample)
  node = await startQueryNode(sample.chain)
  open.push(() => node.close())
}

/** A database with the sample's members and their different settings, and a mailbox. */
async function service({ digests = false } = {}) {
  const calm = digests ? ({ emailFrequency: 'HOURLY', urgentImmediately: false } as const) : {}
  const database = await cloneDatabase()
  const mailbox = await mkdtemp(join(tmpdir(), 'mailbox-'))
  open.push(database.close, () => rm(mailbox, { recursive: true }))
  const everything = [
    'FORUM_POST_ALL',
    'FORUM_THREAD_ALL',
    'PROPOSAL_VOTE_ALL',
    'PROPOSAL_STATUS_ALL',
    'WG_OPENING_ALL',
  ]
  for (const [n, { id, handle }] of sample.members.entries()) {
    const memberId = Number(id)
    const email = `${handle}@example.org`
    await database.db.member.create({ data: { id: memberId, name: handle, email, ...calm } })
    const kinds = everything.slice(0, n)
    const shouldNotifyByEmail = n % 2 === 0
    await database.db.subscription.createMany({
      data: kinds.map((kind) => ({ memberId, kind, shouldNotify: true, shouldNotifyByEmail })),
    })
  }
  return { database, mailbox }
}
type Service = Awaited<ReturnType<typeof service>>

async function readyNotifier({ database, mailbox }: Service): Promise<ChildProcess> {
  const child = fork(SCRIPT, ['--database', database.url, '--node', node.url, '--mailbox', mailbox])
  await once(child, 'message')
  return child
}

async function runToTheEnd(child: ChildProcess): Promise<void> {
  child.send('go')
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
}

async function notifications({ db }: TestDatabase): Promise<string[]> {
  const rows = await db.notification.findMany({ include: { event: true } })
  return rows.map((row) => [row.memberId, row.kind, row.eventId, row.event?.type, row.inApp].join(' ')).sort()
}

/** Message-IDs of the emails that were handed over. */
async function handedOver({ mailbox }: Service): Promise<string[]> {
  const files = (await readdir(mailbox)).filter((file) => file.endsWith('.eml'))
  const emails = await Promise.all(files.map((file) => readFile(join(mailbox, file), 'utf8')))
  return emails.map((email) => /^Message-ID: (.*)$/im.exec(email)?.[1]?.trim() ?? '')
}

async function undisturbed(): Promise<string[]> {
  const quiet = await service()
  await runToTheEnd(await readyNotifier(quiet))
  const expected = await notifications(quiet.database)
  expect(expected.length).toBeGreaterThan(200)
  expect(new Set(expected).size).toBe(expected.length)
  return expected
}

/**
 * Kills a notifier at this many random instants. Every member is notified of every event, of none twice.
 * @param digests whether all news comes in digests, which are due whenever a notifier starts
 */
export async function killedAtRandom(times: number, { digests = false } = {}): Promise<void> {
  const expected = await undisturbed()
  const shaken = await service({ digests })
  const { db } = shaken.database
  const makeDue = () => db.$executeRaw`UPDATE "Email" SET "sendAt" = now() WHERE collects`
  const { head } = sample.chain
  let cutShort = 0
  let next = readyNotifier(shaken)
  for (let killed = 0; killed < times; killed++) {
    const child = await next
    next = readyNotifier(shaken)
    // The head advances from run to run, so that each run has work when it is killed.
    node.clearFaults()
    node.duringNext(1, { hideBlocksAfter: Math.floor((head * (killed + 1)) / times) })
    await makeDue()
    child.send('go')
    await sleep(Math.random() * 150)
    if (child.exitCode === null) cutShort++
    child.kill('SIGKILL')
    if (child.exitCode === null) await once(child, 'exit')
    // Ends the dead notifier's lease instead of waiting two minutes.
    await db.$executeRaw`UPDATE "Email" SET "leaseUntil" = now() - interval '1 second' WHERE "leaseUntil" IS NOT NULL`
  }
  expect(cutShort).toBeGreaterThanOrEqual(times / 5)
  node.clearFaults()
  await runToTheEnd(await next)
  if (digests) {
    await makeDue()
    await runToTheEnd(await readyNotifier(shaken))
  }

  expect(await notifications(shaken.database)).toEqual(expected)
  // An email whose outcome was lost with its notifier is sent again: twice is possible, never is not.
  const emails = await db.email.findMany()
  const unknown = emails.filter(({ status }) => status === 'FAILED')
  expect(unknown.every(({ reason }) => reason?.startsWith('unknown outcome'))).toBe(true)
  const sent = emails.filter(({ status }) => status === 'SENT').length
  const delivered = new Set(await handedOver(shaken)).size
  expect(delivered).toBeGreaterThanOrEqual(sent)
  // A digest of withdrawn text alone has lost its subject.
  const cancelled = emails.filter(({ reason }) => reason === 'WITHDRAWN' || (digests && reason === 'SUBJECT_GONE'))
  expect(sent + unknown.length).toBe(emails.length - cancelled.length)
  if (digests) expect(new Set(emails.map(({ type }) => type))).toEqual(new Set(['digest']))
  // Each piece of news is in one email that was sent, or says why not.
  const untold = await db.notification.count({ where: { emailId: null, emailStatusReason: null } })
  expect(untold).toBe(0)
}

/** Runs four notifiers at once, this many times. Each email is handed over once. */
export async function fourAtOnce(times: number): Promise<void> {
  const expected = await undisturbed()
  const shared = await service()
  const { db } = shared.database
  for (let round = 0; round < times; round++) {
    const four = await Promise.all([1, 2, 3, 4].map(() => readyNotifier(shared)))
    await Promise.all(four.map(runToTheEnd))
  }
  expect(await notifications(shared.database)).toEqual(expected)
  const ids = await handedOver(shared)
  // The sample's moderators removed a post before it was mailed.
  const toSend = { OR: [{ reason: null }, { reason: { not: 'WITHDRAWN' } }] }
  const emails = await db.email.groupBy({ by: ['status'], _count: true, where: toSend })
  expect(emails).toEqual([{ status: 'SENT', _count: ids.length }])
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBe(await db.notification.count({ where: { emailId: { not: null }, email: toSend } }))
}

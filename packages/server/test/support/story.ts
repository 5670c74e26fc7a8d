import jwt from 'jsonwebtoken'
import { pino } from 'pino'
import { createChain, type Member, type QueryNode, startQueryNode } from 'query-node'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { connectQueryNode } from '../../src/chain/client.ts'
import { createEmailTypes } from '../../src/emails/prepare.ts'
import type { EntityKindName, SwitchName } from '../../src/events/kinds.ts'
import type { Prisma } from '../../src/generated/prisma/client.ts'
import type { JobDeps } from '../../src/jobs/run.ts'
import { logOptions } from '../../src/lib/logger.ts'
import { createTokens } from '../../src/members/tokens.ts'
import { type NotifierDeps, run } from '../../src/notifier/run.ts'
import type { Outcome, OutgoingEmail, Provider } from '../../src/outbox/provider.ts'
import { reasonText } from '../../src/outbox/reasons.ts'
import { cloneDatabase, emptyTables, type TestDatabase } from './database.ts'

export type LogEntry = { level: number; msg: string }

const DAY = 24 * 60 * 60 * 1000
const WARN = 40
const SECRET = 'a secret of the tests'
export const PIONEER_URL = 'https://pioneer.example'
const SENDER = 'Pioneer <notifications@example.org>'

/** Call once in a test file: gives each test a story of its own, on the file's database. */
export function stories() {
  let database: TestDatabase
  beforeAll(async () => {
    database = await cloneDatabase()
  })
  afterAll(() => database.close())
  return (options: StoryOptions = {}) => createStory(database, options)
}

type StoryOptions = Partial<NotifierDeps['config'] & JobDeps['config']> & {
  /** Null: no provider is configured. */
  provider?: Provider | null
  /** How many milliseconds ago the chain began (an hour). */
  age?: number
}

export type Story = Awaited<ReturnType<typeof createStory>>

/** A chain, a query node that serves it, members who registered, and a notifier that tells them. */
async function createStory(
  database: TestDatabase,
  { provider, age = DAY / 24, emailMaxAgeMs = 3 * DAY, ...config }: StoryOptions,
) {
  const tokens = {
    ...createTokens(SECRET),
    /** The link of an email that an earlier version sent. */
    email: (memberId: number, email: string) =>
      jwt.sign({ memberId, email, type: 1, iat: Date.now() / 1000 }, SECRET, { expiresIn: '7 days' }),
  }
  const { db, pool } = database
  await emptyTables(database)
  const chain = createChain({ genesisTime: new Date(Date.now() - age), firstBlock: 1_000 })
  const node: QueryNode = await startQueryNode(chain)
  const sent: OutgoingEmail[] = []
  const logs: LogEntry[] = []
  const expected: RegExp[] = []
  const log = pino(logOptions('debug'), { write: (line: string) => void logs.push(JSON.parse(line)) })

  const deps: NotifierDeps & JobDeps = {
    db,
    pool,
    queryNode: connectQueryNode(node.url),
    providers: provider === null ? [] : [provider ?? recordingProvider(sent)],
    log,
    emailTypes: createEmailTypes({
      pioneerUrl: PIONEER_URL,
      emailMaxAgeMs,
      emailSender: SENDER,
      now: () => deps.now?.() ?? new Date(),
    }),
    config: {
      startingBlock: undefined,
      emailMaxAgeMs,
      emailsPerHour: 0,
      emailDelaySeconds: 0,
      emailSender: SENDER,
      whyDays: 90,
      ...config,
    },
  }

  onTestFinished(async () => {
    await node.close()
    const noise = logs.filter(({ level, msg }) => level >= WARN && !expected.some((pattern) => pattern.test(msg)))
    if (noise.length) throw new Error(`Unexpected in the log: ${noise.map(({ msg }) => msg).join('; ')}`)
  })

  const names = new Map<number, string>()
  const set = (member: Member, kind: string, entityId: string | null, inApp: boolean, byEmail: boolean) =>
    db.subscription.create({
      data: { memberId: Number(member.id), kind, entityId, shouldNotify: inApp, shouldNotifyByEmail: byEmail },
    })

  return {
    db,
    pool,
    chain,
    node,
    url: database.url,
    deps,
    tokens,
    /** What the provider accepted. */
    sent,
    logs,
    /** A warning or an error that the log is meant to have; any other one fails the test. */
    expectLog: (pattern: RegExp) => void expected.push(pattern),

    /** Somebody joins the DAO and registers here, with a confirmed address. */
    async member(handle: string, data: Partial<Prisma.MemberCreateInput> = {}): Promise<Member> {
      const member = chain.memberJoins(handle)
      names.set(Number(member.id), handle)
      await db.member.create({ data: { id: Number(member.id), name: handle, email: `${handle}@example.org`, ...data } })
      return member
    },
    /** Somebody joins the DAO, but does not register here. */
    stranger: (handle: string): Member => chain.memberJoins(handle),

    wants: (member: Member, kind: SwitchName) => set(member, kind, null, true, true),
    refuses: (member: Member, kind: SwitchName) => set(member, kind, null, false, false),
    sets: (member: Member, kind: SwitchName, { inApp, byEmail }: { inApp: boolean; byEmail: boolean }) =>
      set(member, kind, null, inApp, byEmail),
    watches: (member: Member, kind: EntityKindName, entity: { id: string }) => set(member, kind, entity.id, true, true),
    mutes: (member: Member, kind: EntityKindName, entity: { id: string }) => set(member, kind, entity.id, false, false),

    /** What is on the chain by now is history: the notifier has handled it. */
    async begins() {
      chain.commitBlock()
      const value = { block: chain.head }
      await db.store.upsert({ where: { key: 'Progress' }, create: { key: 'Progress', value }, update: { value } })
    },
    /** Finishes the open block and runs the notifier. */
    async notify() {
      chain.commitBlock()
      return run(deps)
    },
    /** The stored cursor, without its time. */
    async cursor() {
      const stored = await db.store.findUnique({ where: { key: 'Progress' } })
      const { time: _, ...cursor } = (stored?.value ?? {}) as Record<string, unknown>
      return stored ? cursor : undefined
    },
    /** Time passes, until a provider that was left alone is probed. */
    pauseEnds: () => db.$executeRaw`UPDATE "SendingPause" SET until = now()`,

    /** Everybody who was notified, and the reason: `alice: FORUM_POST_MENTION`, in alphabetical order. */
    async told(): Promise<string[]> {
      const rows = await db.notification.findMany()
      return rows.map(({ memberId, kind }) => `${names.get(memberId)}: ${kind}`).sort()
    },
    async notificationOf(member: Member) {
      const notification = await db.notification.findFirstOrThrow({
        where: { memberId: Number(member.id) },
        orderBy: { id: 'desc' },
        include: { event: true, email: true },
      })
      return withOutcome(notification)
    },
  }
}

/** Accepts every email at once. */
export function recordingProvider(sent: OutgoingEmail[], outcome?: (email: OutgoingEmail) => Outcome): Provider {
  return {
    name: 'test',
    async send(email) {
      const result = outcome?.(email) ?? { result: 'sent' as const, messageId: `provider-${email.id}` }
      if (result.result === 'sent') sent.push(email)
      return result
    },
    close: async () => {},
  }
}

type Stored = { emailStatus: string | null; emailStatusReason: string | null }
type StoredEmail = { status: string; reason: string | null; attempts: number }

/** A notification, with the event and the email that it refers to, as readers see it. */
export function withOutcome<N extends Stored & { event: { type: string } | null; email: StoredEmail | null }>(row: N) {
  const { event, email, ...notification } = row
  const reason = email ? email.reason : notification.emailStatusReason
  return {
    ...notification,
    eventType: event?.type ?? null,
    emailStatus: email?.status ?? notification.emailStatus,
    emailStatusReason: reason === null ? null : reasonText(reason),
    retryCount: email ? email.attempts - (email.status === 'SENT' ? 1 : 0) : 0,
  }
}

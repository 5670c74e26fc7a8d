import { readFileSync } from 'node:fs'
import pg from 'pg'
import { connectQueryNode } from '../src/chain/client.ts'
import { parseConfig } from '../src/config/config.ts'
import { connect } from '../src/db/client.ts'
import { createEmailTypes } from '../src/emails/prepare.ts'
import { createLogger } from '../src/lib/logger.ts'
import { type NotifierDeps, type RunSummary, readAndRecord, run } from '../src/notifier/run.ts'
import { noEmails } from '../src/outbox/deliver.ts'
import type { Provider } from '../src/outbox/provider.ts'
import { type Measured, rounded, type Task } from './support.ts'

/** A process with nothing in it but the notifier, wired as `npm run notify` wires it. It measures itself. */
async function main([task, databaseUrl, queryNodeEndpoint, providerUrl = '']: string[]): Promise<Measured> {
  const started = performance.now()
  const secondsUntil = (ms: number | undefined) => (ms === undefined ? 0 : rounded((ms - started) / 1000, 3))
  const statements = watchStatements()
  const provider = counting(await providers[task as Task](providerUrl))
  const config = parseConfig({
    DATABASE_URL: databaseUrl,
    APP_SECRET_KEY: 'a secret of the benchmark, which signs nothing',
    QUERY_NODE_ENDPOINT: queryNodeEndpoint,
    EMAIL_SENDER: 'Pioneer <notifications@example.org>',
    APP_LOG_LEVEL: 'warn',
  })
  const { db, pool, close } = connect(config.databaseUrl ?? '')
  const deps: NotifierDeps = {
    db,
    pool,
    queryNode: connectQueryNode(config.queryNodeEndpoint),
    providers: [provider.counted],
    log: createLogger({ ...config, production: true }),
    emailTypes: createEmailTypes(config),
    config,
  }

  const { failure, setAside, notifications, emails } = await work(task as Task, deps)
  const seconds = rounded((performance.now() - started) / 1000, 3)
  const sqlStatements = statements.count
  const problem = failure ?? emails.stopped?.reason ?? (setAside ? `${setAside} events were set aside` : undefined)
  if (problem) throw new Error(problem)
  await close()
  const { requests, firstMs, lastMs } = provider
  const milestones = {
    read: secondsUntil(statements.recordingMs),
    firstRecorded: secondsUntil(statements.firstRecordedMs),
    recorded: secondsUntil(statements.recordedMs),
    firstTaken: secondsUntil(firstMs),
    lastTaken: secondsUntil(lastMs),
  }
  const measured = { seconds, peakMemoryMb: peakMemoryMb(), sqlStatements, notifications, emailsSent: emails.sent }
  return { ...measured, requests, milestones }
}

async function work(task: Task, deps: NotifierDeps): Promise<RunSummary> {
  if (task !== 'readAndRecord') return run(deps)
  const summary: RunSummary = { events: 0, notifications: 0, setAside: 0, emails: noEmails() }
  await readAndRecord(deps, summary)
  return summary
}

const answersAtOnce: Provider = {
  name: 'bench',
  send: async ({ id }) => ({ result: 'sent', messageId: `bench-${id}` }),
  close: async () => {},
}

const takesBatches: Provider = {
  ...answersAtOnce,
  batch: {
    mostRecipients: 1_000,
    placeholder: (variable) => `-${variable}-`,
    send: async () => ({ result: 'sent', messageId: 'bench' }),
  },
}

const providers: Record<Task, (url: string) => Provider | Promise<Provider>> = {
  readAndRecord: () => answersAtOnce,
  run: () => answersAtOnce,
  runInBatches: () => takesBatches,
  runReported: () => ({ ...takesBatches, reportSeconds: 1_800 }),
  broadcast: async (baseUrl) =>
    (await import('../src/emails/providers/sendgrid.ts')).createSendGrid({
      apiKey: 'SG.bench',
      sender: 'Pioneer <notifications@example.org>',
      baseUrl,
    }),
}

/** Counts requests, and notes when the first and the last was answered. */
function counting({ batch, ...provider }: Provider) {
  const noted = { requests: 0, firstMs: undefined as number | undefined, lastMs: 0 }
  const note = <T>(outcome: T): T => {
    noted.requests++
    noted.lastMs = performance.now()
    noted.firstMs ??= noted.lastMs
    return outcome
  }
  const counted: Provider = {
    ...provider,
    send: async (email) => note(await provider.send(email)),
    ...(batch && { batch: { ...batch, send: async (mailing) => note(await batch.send(mailing)) } }),
  }
  return Object.assign(noted, { counted })
}

/**
 * Counts every message with SQL that this process sends to the server, BEGIN and COMMIT included, and notes when events
 * are recorded, for the first members and for all: Prisma's and our own all go through `query` of pg's one Client.
 */
function watchStatements() {
  const watched = {
    count: 0,
    recordingMs: undefined as number | undefined,
    firstRecordedMs: undefined as number | undefined,
    recordedMs: undefined as number | undefined,
  }
  const recording = new WeakSet<pg.Client>()
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    watched.count++
    const [first] = args as [string | { text?: string }]
    const text = (typeof first === 'string' ? first : first?.text) ?? ''
    const answer = Reflect.apply(query, this, args)
    if (text.includes('INSERT INTO "Notification"')) {
      watched.recordingMs ??= performance.now()
      recording.add(this)
    }
    if (text === 'COMMIT' && recording.delete(this)) {
      void Promise.resolve(answer).then(() => {
        watched.recordedMs = performance.now()
        watched.firstRecordedMs ??= watched.recordedMs
      })
    }
    return answer
  } as typeof query
  return watched
}

/** `maxRSS` of a forked process begins with that of its parent on Linux, so the kernel's own mark is read there. */
function peakMemoryMb(): number {
  const kilobytes =
    process.platform === 'linux'
      ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
      : process.resourceUsage().maxRSS
  return Math.round(kilobytes / 1024)
}

// A parent that is gone reads no result.
process.once('disconnect', () => process.exit(1))
try {
  process.send?.(await main(process.argv.slice(2)), () => process.exit(0))
} catch (error) {
  // Uncaught, it would come with a page of the minified code that threw it.
  console.error(error)
  process.exit(1)
}

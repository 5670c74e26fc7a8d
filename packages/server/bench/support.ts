import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pg from 'pg'
import type { QueryNode } from 'query-node'
import { startEmbedded } from '../src/db/setup/embedded.ts'
import { migrate } from '../src/db/setup/migrate.ts'
import { failUsage, readArguments, type Usage } from '../src/main/arguments.ts'

/** `runInBatches`: by a provider that takes many recipients in a request, `runReported`: and reports what it got; `broadcast`: by SendGrid, or what stands in for it. */
export type Task = 'readAndRecord' | 'run' | 'runInBatches' | 'runReported' | 'broadcast'

export type Measured = {
  seconds: number
  peakMemoryMb: number
  sqlStatements: number
  notifications: number
  emailsSent: number
  /** To the email provider. */
  requests: number
  /**
   * Seconds from the start until everything was read, the first members were notified, all were, and the first and last
   * email were taken.
   */
  milestones: { read: number; firstRecorded: number; recorded: number; firstTaken: number; lastTaken: number }
}

export type Bench = { url: string; sql: pg.Client }

/** Bytes of write-ahead log so far: a figure that a busy machine does not distort. */
export async function walBytes({ sql }: Pick<Bench, 'sql'>): Promise<number> {
  const { rows } = await sql.query(`SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS bytes`)
  return Number(rows[0].bytes)
}

const DATA = resolve(import.meta.dirname, '../../../.data')
const WORKER = join(import.meta.dirname, 'worker.ts')
const TIMEOUT_MS = 600_000

/**
 * Runs a benchmark on a temporary PostgreSQL with default settings, and prints its result as one line of JSON.
 */
export async function bench(name: string, measure: (bench: Bench) => Promise<Record<string, number>>): Promise<void> {
  await mkdir(DATA, { recursive: true })
  const folder = await mkdtemp(join(DATA, 'bench-'))
  const server = await startEmbedded(join(folder, 'postgres'))
  const sql = new pg.Client({ connectionString: server.url })
  // Otherwise, stopping the server would crash the cleanup.
  sql.on('error', () => {})

  const cleanUp = async () => {
    await sql.end().catch(() => {})
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
  const interrupted = () => void cleanUp().finally(() => process.exit(130))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)

  try {
    await migrate(server.url)
    await sql.connect()
    const result = await measure({ url: server.url, sql })
    console.log(JSON.stringify({ bench: name, ...result }))
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
    await cleanUp()
  }
}

/** Whole numbers from the command line. @param defaults option names and what they are when not given */
export function numbers<Name extends string>(
  name: string,
  summary: string,
  defaults: Record<Name, number>,
): Record<Name, number> {
  const names = Object.keys(defaults) as Name[]
  const usage: Usage = {
    command: `npm run bench:${name}`,
    summary: `${summary}. Prints one line of JSON`,
    options: Object.fromEntries(
      names.map((option) => [option, { value: 'number', description: `${defaults[option]} without it` }]),
    ),
  }
  const { values } = readArguments(usage)
  const number = (option: Name) => {
    const value = Number(values[option] ?? defaults[option])
    // What is 0 without it may be 0 with it.
    const least = Math.min(defaults[option], 1)
    if (!Number.isInteger(value) || value < least) {
      failUsage(usage, `--${option} has to be a whole number ${least ? 'above 0' : 'from 0'}`)
    }
    return value
  }
  return Object.fromEntries(names.map((option) => [option, number(option)])) as Record<Name, number>
}

/** Runs a task in a process of its own, so that the measured memory is the notifier's. */
export async function inNotifier(
  task: Task,
  { url }: Bench,
  queryNode: QueryNode,
  providerUrl = '',
): Promise<Measured> {
  const worker = fork(WORKER, [task, url, queryNode.url, providerUrl], {
    timeout: TIMEOUT_MS,
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  let measured: Measured | undefined
  worker.on('message', (message: Measured) => {
    measured = message
  })
  const [code] = await once(worker, 'exit')
  if (!measured) throw new Error(`The worker failed (${code})`)
  return measured
}

/**
 * Registers members with the ids from `first` to `last`, each with a confirmed address.
 * @param digests how many of a hundred get daily digests, for urgent news too
 */
export async function addMembers({ sql }: Bench, first: number, last: number, digests = 0): Promise<void> {
  await sql.query(
    `INSERT INTO "Member" (id, name, email, "emailFrequency", "urgentImmediately", "timeZone")
     SELECT n, 'member-' || n, 'member-' || n || '@example.org',
       CASE WHEN n % 100 < $3::int THEN 'DAILY' ELSE 'IMMEDIATE' END::"EmailFrequency", false, 'Europe/Berlin'
     FROM generate_series($1::int, $2::int) n`,
    [first, last, digests],
  )
}

/** Deletes all events and their results, and puts the cursor after a block. */
export async function startOver({ sql }: Bench, block: number): Promise<void> {
  await sql.query('TRUNCATE "Notification", "Email", "Event", "AuthorList", "KnownAuthor" RESTART IDENTITY')
  await sql.query(
    `INSERT INTO "Store" (key, value) VALUES ('Progress', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    [{ block }],
  )
  await settle({ sql })
}

/** Finishes the server's background work, so that it does not distort the next measurement. */
export async function settle({ sql }: Pick<Bench, 'sql'>): Promise<void> {
  await sql.query('VACUUM (ANALYZE)')
  await sql.query('CHECKPOINT')
}

/**
 * Reads and records what the query node has after a block, then inserts the same notifications and emails into the same
 * tables in one bare transaction. The bare insert finds the events already there. Both start from the same state, in
 * turn, and medians count.
 * @param block the last block before the first event
 */
export async function againstBareInsert(bench: Bench, queryNode: QueryNode, block: number, runs: number) {
  const notifier: Measured[] = []
  const bare: number[] = []
  const wal: number[] = []
  const fresh = async () => {
    await startOver(bench, block)
    queryNode.requests.reset()
    const before = await walBytes(bench)
    const measured = await inNotifier('readAndRecord', bench, queryNode)
    wal.push((await walBytes(bench)) - before)
    return measured
  }
  const insert = async () => {
    await startOver(bench, block)
    return insertBare(bench)
  }

  // Not measured: it creates the rows and the files of the write-ahead log.
  const { notifications } = await fresh()
  const rows = await keepRows(bench)
  const queryNodeRequests = queryNode.requests.count

  for (let run = 1; run <= runs; run++) {
    if (run % 2) notifier.push(await fresh())
    bare.push(await insert())
    if (run % 2 === 0) notifier.push(await fresh())
    console.error(`Run ${run} of ${runs}: ${notifier.at(-1)?.seconds} s, bare ${bare.at(-1)} s`)
  }
  const seconds = median(notifier.map((one) => one.seconds))
  const bareSeconds = median(bare)
  return {
    seconds: rounded(seconds, 3),
    notifications,
    emails: rows - notifications,
    rows,
    rowsPerSecond: Math.round(rows / seconds),
    bareSeconds: rounded(bareSeconds, 3),
    ratio: rounded(seconds / bareSeconds, 2),
    walBytesPerNotification: Math.round(median(wal) / notifications),
    peakMemoryMb: Math.max(...notifier.map((one) => one.peakMemoryMb)),
    queryNodeRequests,
    sqlStatements: median(notifier.map((one) => one.sqlStatements)),
  }
}

/** @returns how many notifications and emails there are */
async function keepRows({ sql }: Bench): Promise<number> {
  let rows = 0
  for (const table of ['Event', 'Email', 'Notification']) {
    const { rowCount } = await sql.query(`CREATE UNLOGGED TABLE "bare${table}" AS TABLE "${table}"`)
    if (table !== 'Event') rows += rowCount ?? 0
  }
  return rows
}

/** @returns seconds */
async function insertBare({ sql }: Bench): Promise<number> {
  await sql.query('INSERT INTO "Event" TABLE "bareEvent"')
  const started = performance.now()
  await sql.query('BEGIN')
  await sql.query('INSERT INTO "Email" TABLE "bareEmail"')
  await sql.query('INSERT INTO "Notification" TABLE "bareNotification"')
  await sql.query('COMMIT')
  return rounded((performance.now() - started) / 1000, 3)
}

export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
}

export const rounded = (number: number, digits: number) => Number(number.toFixed(digits))

import { type Pool, query } from '../db/client.ts'
import { readMigrationNames } from '../db/setup/migration-names.ts'
import { STORE_KEYS } from '../db/store.ts'
import { checkWay, type Ways } from '../db/way.ts'
import { BLOCK_SECONDS } from '../events/blocks.ts'
import { chainEvents } from '../events/list.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { explain } from '../lib/explain.ts'
import { toJson } from '../lib/json.ts'
import { hideSecrets } from '../lib/logger.ts'
import { pause } from '../lib/wait.ts'
import { judgeFeedback } from './feedback.ts'
import { type Facts, readFacts } from './runs.ts'

/** One check. `says`: the state and, when it is wrong, what to do. */
export type Check = { name: string; ok: boolean; says: string }

const MINUTE_SECONDS = 60
const TOO_LONG_SECONDS = 30 * MINUTE_SECONDS
/** The query node's head is its newest event, and a quiet day has none. */
const TOO_QUIET_SECONDS = 24 * 60 * MINUTE_SECONDS
const FAR_BEHIND_BLOCKS = TOO_LONG_SECONDS / BLOCK_SECONDS
/** A cursor that moved within this time is working, however far behind it is. */
const JUST_NOW_SECONDS = 5 * MINUTE_SECONDS
/** Shorter outages of the email provider are normal. */
const LONG_PAUSE_SECONDS = 10 * MINUTE_SECONDS
const DATABASE_TIMEOUT_MS = 5_000
/** Fewer failed emails per hour are normal. */
const MANY_FAILED = 5
/** Fewer in a row are a query node that restarts. */
const MANY_FAILED_RUNS = 3

/**
 * @param ways checked too where they are given: for an operator only, since each check opens connections
 * @param reporting the names of the providers that report bounces
 */
export async function checkHealth(
  pool: Pool,
  emailProviders: readonly string[],
  ways?: Ways,
  reporting: readonly string[] = [],
): Promise<Check[]> {
  const answered = new AbortController()
  const silence = pause(DATABASE_TIMEOUT_MS, answered.signal).then((): Check[] => [
    {
      name: 'database',
      ok: false,
      says: `has not answered for ${DATABASE_TIMEOUT_MS / 1000} seconds: check whether it is running or overloaded`,
    },
  ])
  try {
    return await Promise.race([checkAll(pool, emailProviders, ways, reporting), silence])
  } finally {
    answered.abort()
  }
}

async function checkAll(
  pool: Pool,
  emailProviders: readonly string[],
  ways: Ways | undefined,
  reporting: readonly string[],
): Promise<Check[]> {
  try {
    const migrations = await checkMigrations(pool)
    if (!migrations.ok) return [migrations, checkProvider(emailProviders)]
    const writes = await checkWrites(pool)
    const facts = await readFacts(pool)
    return [
      writes ?? (ways && (await checkWays(ways))) ?? migrations,
      checkRuns(facts),
      checkQueryNode(facts),
      checkCursor(facts),
      checkSetAside(facts),
      checkDeadlines(facts),
      checkProvider(emailProviders),
      checkEmails(facts, emailProviders),
      { name: 'feedback', ...(await judgeFeedback(pool, reporting)) },
      checkJobs(facts),
    ]
  } catch (error) {
    return [{ name: 'database', ok: false, says: `cannot be used. ${explain(error).advice}` }]
  }
}

async function checkMigrations(pool: Pool): Promise<Check> {
  const name = 'database'
  const { rows: tables } = await query<{ exists: boolean }>(
    pool,
    Prisma.sql`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`,
  )
  if (!tables[0]?.exists) return { name, ok: false, says: 'has no tables of this service: run `npm run migrate`' }
  const { rows } = await query<{ name: string }>(
    pool,
    Prisma.sql`SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL`,
  )
  const applied = new Set(rows.map((row) => row.name))
  const missing = (await readMigrationNames()).filter((migration) => !applied.has(migration))
  if (missing.length) return { name, ok: false, says: `lacks ${missing.join(', ')}: run \`npm run migrate\`` }
  return { name, ok: true, says: 'answers and is up to date' }
}

/** Everybody may ask for a check at any rate, so this writes every ten seconds at most. A read-only database always fails it. */
async function checkWrites(pool: Pool): Promise<Check | undefined> {
  try {
    await query(
      pool,
      Prisma.sql`
      INSERT INTO "Store" AS s (key, value) VALUES (${STORE_KEYS.healthCheck}, '{}')
      ON CONFLICT (key) DO UPDATE SET "updatedAt" = now() WHERE s."updatedAt" < now() - interval '10 seconds'`,
    )
  } catch (error) {
    return { name: 'database', ok: false, says: `answers, but cannot be written to. ${explain(error).advice}` }
  }
}

async function checkWays(ways: Ways): Promise<Check | undefined> {
  const name = 'database'
  try {
    const way = await checkWay(ways)
    return way && { name, ok: way.ok, says: `answers and is up to date. ${way.says}` }
  } catch (error) {
    return { name, ok: false, says: `answers, but ${explain(error).advice}` }
  }
}

function checkRuns(facts: Facts): Check {
  const { secondsSinceSuccess, secondsSinceCursorMoved, secondsSinceMigrated, failures } = facts
  const name = 'notifier'
  const failure = facts.failure && hideSecrets(facts.failure)
  const last =
    secondsSinceSuccess !== null
      ? `ran well last ${ago(secondsSinceSuccess)}`
      : waitsForFirstRun(facts) && !failure
        ? 'is waiting for the first run'
        : 'has not run yet'
  if (failure && failures >= MANY_FAILED_RUNS)
    return { name, ok: false, says: `${last}, and the last ${failures} runs failed: ${failure}` }
  const but = failure ? `, but the last run failed: ${failure}` : ''
  if ((secondsSinceSuccess ?? TOO_LONG_SECONDS) < TOO_LONG_SECONDS)
    return { name, ok: true, says: `ran well ${ago(secondsSinceSuccess)}${but}` }
  if ((secondsSinceCursorMoved ?? JUST_NOW_SECONDS) < JUST_NOW_SECONDS && !waitsForFirstRun(facts))
    return { name, ok: true, says: `is working through a backlog${but}` }
  if (secondsSinceSuccess === null && !failure && (secondsSinceMigrated ?? 0) < TOO_LONG_SECONDS)
    return { name, ok: true, says: last }
  return { name, ok: false, says: `${last}: ${failure ?? 'check its cron job or worker'}` }
}

/** A takeover brings a cursor, which no run of ours has moved. */
const waitsForFirstRun = ({ cursor, head }: Facts) => cursor !== null && head === null

function checkQueryNode({ head, secondsSinceHeadMoved, secondsSinceSuccess, leftOut }: Facts): Check {
  const name = 'query node'
  const unknown = chainEvents.flatMap(({ type }) => (type in leftOut ? `${type} (after block ${leftOut[type]})` : []))
  if (unknown.length) {
    const says = `does not know the events ${unknown.join(', ')}: they are read when it is updated; ask its operator`
    return { name, ok: false, says }
  }
  if (head === null) return { name, ok: true, says: 'has given no answer yet' }
  // A notifier that stands still sees nothing new.
  const asked = (secondsSinceSuccess ?? 0) < TOO_LONG_SECONDS ? 0 : (secondsSinceSuccess ?? 0)
  const ok = (secondsSinceHeadMoved ?? 0) - asked < TOO_QUIET_SECONDS
  const seen = `first seen ${ago(secondsSinceHeadMoved)}${asked ? `; it was last read ${ago(asked)}` : ''}`
  const says = `has its newest event in block ${head}, ${seen}`
  return { name, ok, says: ok ? says : `${says}: unless the DAO is quiet, it has stopped; ask its operator` }
}

function checkCursor(facts: Facts): Check {
  const { cursor, head, secondsSinceCursorMoved, waiting } = facts
  const name = 'cursor'
  if (facts.cursorIsUnreadable) {
    const says = `is unreadable: set the value of ${STORE_KEYS.progress} in the table Store to {"block": <number>}`
    return { name, ok: false, says }
  }
  if (waitsForFirstRun(facts)) return { name, ok: true, says: `is at block ${cursor}, where the first run continues` }
  if (cursor === null || head === null) return { name, ok: true, says: 'is not set yet: the first run sets it' }
  const behind = head - cursor
  if (behind < 0) {
    // One of several query nodes may lag a little.
    const ok = -behind < FAR_BEHIND_BLOCKS
    const what = `is at block ${cursor}, the query node only at ${head}, so nothing is read`
    return { name, ok, says: ok ? `${what} until it gets there` : `${what}: wait until it is rebuilt` }
  }
  const says = `is at block ${cursor}, ${behind} blocks behind`
  if (behind < FAR_BEHIND_BLOCKS) {
    const more = waiting ? `; events that wait until all posts of a long thread are read: ${waiting}` : ''
    return { name, ok: true, says: says + more }
  }
  const moves = (secondsSinceCursorMoved ?? TOO_LONG_SECONDS) < JUST_NOW_SECONDS
  return {
    name,
    ok: false,
    says: `${says}: ${moves ? 'it is moving, wait' : "it stands still, read the notifier's log"}`,
  }
}

function checkDeadlines({ deadlinesFailure, seenLengths }: Facts): Check {
  const name = 'deadlines'
  if (deadlinesFailure) {
    const says = `are not read, so nobody is reminded of new ones: ${hideSecrets(deadlinesFailure)}`
    return { name, ok: false, says }
  }
  const lengths = Object.entries(seenLengths)
  if (!lengths.length) return { name, ok: true, says: 'are read' }
  const seen = lengths.map(([type, blocks]) => `${type} ${blocks}`).join(', ')
  const setting = Object.fromEntries(lengths.map(([type, votingBlocks]) => [type, { votingBlocks }]))
  const says = `are read, but proposals expired after other numbers of blocks than they count with: ${seen}. Set PROPOSAL_LENGTHS=${toJson(setting)} for the notifier`
  return { name, ok: false, says }
}

function checkSetAside({ setAside, setAsideRetried }: Facts): Check {
  const name = 'set aside'
  if (!setAside) return { name, ok: true, says: 'no event' }
  const left = setAside - setAsideRetried
  const parts = [
    `${setAside} event${setAside === 1 ? '' : 's'} not understood, so nobody was told: the table SetAsideEvent says why`,
    setAsideRetried && `${setAsideRetried} lacked something that the query node did not have: later runs retry them`,
    left &&
      `${left} wait for you: update this service, run \`npm run notify -- --retry-set-aside\`, and delete the rest`,
  ]
  return { name, ok: false, says: parts.filter(Boolean).join('. ') }
}

function checkProvider(emailProviders: readonly string[]): Check {
  const ok = emailProviders.length > 0
  const says = ok
    ? emailProviders.join(', then ')
    : 'none is configured: set SENDGRID_API_KEY, MAILGUN_API_KEY or SMTP_URL'
  return { name: 'email provider', ok, says }
}

function checkEmails(facts: Facts, emailProviders: readonly string[]): Check {
  const { due, oldestDueSeconds, sent, failed, lastReason, sendFailure, secondsSinceSendFailure } = facts
  const { pauseReason, pausedProvider, pausedSeconds, secondsSinceMigrated } = facts
  const name = 'emails'
  // One from before an upgrade says nothing.
  const isRecent = (secondsSinceSendFailure ?? 0) < Math.min(TOO_LONG_SECONDS, secondsSinceMigrated ?? Infinity)
  if (sendFailure && isRecent)
    return { name, ok: false, says: `could not be sent ${ago(secondsSinceSendFailure)}. ${hideSecrets(sendFailure)}` }
  const says = `${sent} sent and ${failed} failed in the last hour, ${due} due`
  if (due && pauseReason !== null) {
    // With several, the others send meanwhile.
    const stands = emailProviders.length > 1 ? Math.min(oldestDueSeconds, pausedSeconds ?? 0) : (pausedSeconds ?? 0)
    const who = emailProviders.length > 1 ? `${pausedProvider}` : 'the provider'
    return {
      name,
      ok: stands < LONG_PAUSE_SECONDS,
      says: `${says}; ${who} stopped accepting ${ago(pausedSeconds)}: ${hideSecrets(pauseReason)}`,
    }
  }
  if (due && oldestDueSeconds > TOO_LONG_SECONDS) {
    return {
      name,
      ok: false,
      says: `${says}, the oldest ${ago(oldestDueSeconds)}: check that a notifier runs, and read its log`,
    }
  }
  const ok = failed < MANY_FAILED || failed <= sent
  return { name, ok, says: ok ? says : `${says}, the last one because: ${hideSecrets(lastReason ?? '')}` }
}

function checkJobs({ jobs }: Facts): Check {
  const name = 'jobs'
  const failed = jobs.find(({ error }) => error !== null)
  if (failed) {
    const says = `"${failed.name}" failed ${ago(failed.secondsSinceEnd)}: ${hideSecrets(failed.error ?? '')}`
    return { name, ok: false, says }
  }
  const late = jobs.find(
    ({ secondsSinceEnd, intervalSeconds }) => (secondsSinceEnd ?? 0) > intervalSeconds + TOO_LONG_SECONDS,
  )
  if (late) {
    const says = `"${late.name}" last ran ${ago(late.secondsSinceEnd)}: check that a notifier runs, and read its log`
    return { name, ok: false, says }
  }
  const ran = jobs.filter(({ secondsSinceEnd }) => secondsSinceEnd !== null)
  const says = ran.map((job) => `"${job.name}" ran well ${ago(job.secondsSinceEnd)}`).join(', ') || 'none has run yet'
  return { name, ok: true, says }
}

function ago(seconds: number | null): string {
  if (seconds === null) return 'never'
  if (seconds < 2 * MINUTE_SECONDS) return `${Math.round(seconds)} seconds ago`
  if (seconds < 120 * MINUTE_SECONDS) return `${Math.round(seconds / MINUTE_SECONDS)} minutes ago`
  return `${Math.round(seconds / MINUTE_SECONDS / 60)} hours ago`
}

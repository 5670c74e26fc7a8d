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
async function main([task, databaseUrl, queryNodeEndpoint]: string[]): Promise<Measured> {
  const statements = countStatements()
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
    providers: [answersAtOnce],
    log: createLogger({ ...config, production: true }),
    emailTypes: createEmailTypes(config),
    config,
  }

  const started = performance.now()
  const { failure, setAside, notifications, emails } = await work(task as Task, deps)
  const seconds = rounded((performance.now() - started) / 1000, 3)
  const sqlStatements = statements()
  const problem = failure ?? emails.stopped?.reason ?? (setAside ? `${setAside} events were set aside` : undefined)
  if (problem) throw new Error(problem)
  await close()
  return { seconds, peakMemoryMb: peakMemoryMb(), sqlStatements, notifications, emailsSent: emails.sent }
}

async function work(task: Task, deps: NotifierDeps): Promise<RunSummary> {
  if (task === 'run') return run(deps)
  const summary: RunSummary = { events: 0, notifications: 0, setAside: 0, emails: noEmails() }
  await readAndRecord(deps, summary)
  return summary
}

const answersAtOnce: Provider = {
  name: 'bench',
  send: async ({ id }) => ({ result: 'sent', messageId: `bench-${id}` }),
  close: async () => {},
}

/**
 * Counts every message with SQL that this process sends to the server, BEGIN and COMMIT included: Prisma's and our own
 * all go through `query` of pg's one Client.
 */
function countStatements(): () => number {
  let count = 0
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    count++
    return Reflect.apply(query, this, args)
  } as typeof query
  return () => count
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

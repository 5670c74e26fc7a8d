import { parseArgs } from 'node:util'
import { ConfigError, loadConfig } from '../config.ts'
import { openDatabase } from '../db.ts'
import { createLogger } from '../logger.ts'
import { connectQueryNode, QueryNodeError } from '../query-node.ts'
import { createTokens } from '../tokens.ts'
import { MOST_PREVIEWED } from './audience/resolve.ts'
import { dryRun } from './dry-run.ts'
import { createProvider, type Provider } from './emails/providers/provider.ts'
import { retrySetAside } from './retry-set-aside.ts'
import { type NotifierDeps, run } from './run.ts'

/** `npm run notify`: one run of the notifier. Exit code 1 when something has to be looked at. */
async function main(): Promise<number> {
  const { values: options } = parseArgs({
    options: { 'dry-run': { type: 'boolean' }, 'retry-set-aside': { type: 'boolean' } },
  })
  const config = loadConfig()
  const log = createLogger(config)
  // What is under way is finished and recorded first: an email whose outcome nobody recorded would be sent again. A
  // second signal ends the process at once.
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const database = await openDatabase(config)
  let provider: Provider | undefined
  try {
    provider = await createProvider(config)
    if (!provider) log.warn('No email provider is configured: notifications are recorded, but nobody is emailed')
    const queryNode = connectQueryNode(config.queryNodeEndpoint)
    const deps = {
      db: database.db,
      pool: database.pool,
      queryNode,
      provider,
      log,
      tokens: createTokens(config.secretKey),
      stop: stop.signal,
      config,
    }
    if (options['dry-run']) return await preview(deps)
    if (options['retry-set-aside']) return await retry(deps)
    return await notify(deps)
  } catch (error) {
    const { message, known } = explain(error)
    log.error(known ? {} : { err: error }, message)
    return 1
  } finally {
    await provider?.close()
    await database.close()
  }
}

async function notify(deps: NotifierDeps): Promise<number> {
  const started = performance.now()
  const { events, notifications, setAside, emails, failure } = await run(deps)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const outcome = failure ? 'Run failed' : deps.stop?.aborted ? 'Run stopped by a signal' : 'Run done'
  deps.log.info(
    { events, notifications, setAside, emails, requests: deps.queryNode.requests },
    `${outcome} in ${seconds} s: ${many(events, 'event')}, ${many(notifications, 'notification')}, ` +
      `${many(emails.sent, 'email')} sent, ${emails.retrying} to be tried again, ${emails.failed} failed, ${emails.ignored} not emailed` +
      (setAside ? `, ${many(setAside, 'event')} set aside` : ''),
  )
  return failure || emails.stopped ? 1 : 0
}

async function retry(deps: NotifierDeps): Promise<number> {
  const result = await retrySetAside(deps)
  if (!result) {
    deps.log.warn('Another notifier is at work: try again when it is done')
    return 1
  }
  const { understood, notifications, setAside } = result
  deps.log.info(
    `${understood} events understood now, ${notifications} notifications; ${setAside} events stay set aside`,
  )
  return setAside ? 1 : 0
}

async function preview(deps: NotifierDeps): Promise<number> {
  let total = 0
  let more = ''
  for await (const { block, resolved, setAside } of dryRun(deps)) {
    total += resolved.length
    for (const { eventType, eventId, name, memberId, kind, inApp, reason } of resolved) {
      const channels =
        [inApp && 'in the app', reason === null && 'by email'].filter(Boolean).join(' and ') || 'not at all'
      const why = reason === null ? '' : ` (no email: ${reason})`
      console.log(`${eventType} ${eventId}: ${name} (${memberId}) would be told ${channels}, for ${kind}${why}`)
    }
    if (resolved.length === MOST_PREVIEWED) {
      more = ' or more'
      console.log(`Only the first ${MOST_PREVIEWED} are listed of the window that ends with block ${block}.`)
    }
    for (const { event, error } of setAside) console.log(`${event.type} ${event.id} would be set aside: ${error}`)
    if (deps.stop?.aborted) break
  }
  console.log(`Dry run: ${total}${more} notifications, nothing was written or sent.`)
  return 0
}

const many = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

/** What an operator can do about it. `known`: then the message says it all, and no stack is needed. */
function explain(error: unknown): { message: string; known: boolean } {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof QueryNodeError) return { message, known: true }
  if (/(table|column|relation) .* does not exist/i.test(message)) {
    return { message: 'The database is not up to date: run `npm run migrate` first', known: true }
  }
  if (
    /Can't reach database server|ECONNREFUSED|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|Connection terminated|timeout exceeded|password authentication failed/.test(
      message,
    )
  ) {
    return { message: `The database cannot be used, is DATABASE_URL right? ${message}`, known: true }
  }
  return { message: `The run was given up, nothing is lost: ${message}`, known: false }
}

try {
  process.exitCode = await main()
} catch (error) {
  const clear =
    error instanceof ConfigError ||
    (error instanceof Error && String(Reflect.get(error, 'code')).startsWith('ERR_PARSE_ARGS'))
  console.error(clear ? (error as Error).message : error)
  process.exitCode = 1
}

import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { continueSample, type Sample, sampleBlocks, sampleChain, sampleVotingBlocks, startQueryNode } from 'query-node'
import { connectQueryNode } from '../src/chain/client.ts'
import { parseConfig } from '../src/config/config.ts'
import { connect, type Database } from '../src/db/client.ts'
import { startEmbedded } from '../src/db/setup/embedded.ts'
import { migrate } from '../src/db/setup/migrate.ts'
import { createEmailTypes } from '../src/emails/prepare.ts'
import { createMailbox } from '../src/emails/providers/mailbox.ts'
import { explain } from '../src/lib/explain.ts'
import { createLogger } from '../src/lib/logger.ts'
import { failUsage, readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { createTokens } from '../src/members/tokens.ts'
import { type NotifierDeps, type RunSummary, run } from '../src/notifier/run.ts'
import { firstQuery, serveApi } from './demo/api.ts'
import { createDemoFolder, databaseIn, mailboxIn, removeKilledDemos } from './demo/folder.ts'
import { registerAudience } from './demo/members.ts'
import { createScreen } from './demo/screen.ts'
import { newNotifications, printTable } from './demo/table.ts'
import { serveMailbox } from './mailbox-page.ts'

// `npm run demo`: the whole service on one machine, with sample data. Nothing leaves the machine, whatever the
// environment says.

const BLOCK_MS = 6_000
const usage = usageOf('demo')
const { flags } = readArguments(usage)
const options = { once: flags.has('once'), json: flags.has('json') }
if (options.json && !options.once) failUsage(usage, '--json needs --once')
const screen = createScreen(options.json ? process.stderr : process.stdout)
const { say, busy } = screen
const config = parseConfig({ APP_LOG_LEVEL: 'warn' })
const stop = new AbortController()
// A terminal and npm may both send a signal, so a second one must not interrupt the cleanup.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
// The reader of a pipe may exit, and the terminal may close.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stop.abort())

say('Starting PostgreSQL, a query node and the notifier, all on this machine ...')
busy('Removing what killed demos left behind')
await removeKilledDemos(config.dataFolder)
const folder = await createDemoFolder(config.dataFolder)

try {
  busy('Starting PostgreSQL')
  const postgres = await startEmbedded(databaseIn(folder), { fsync: 'off' })
  try {
    await demonstrate(postgres.url)
  } finally {
    busy('Stopping PostgreSQL')
    await postgres.close()
  }
} catch (error) {
  // Ctrl-C also reaches PostgreSQL's commands, which then fail.
  if (!stop.signal.aborted) {
    const { message, known } = explain(error)
    if (!known) throw error
    console.error(message)
    process.exitCode = 1
  }
} finally {
  await rm(folder, { recursive: true, force: true })
  screen.close()
}
if (stop.signal.aborted) say('\nBye.')

async function demonstrate(databaseUrl: string): Promise<void> {
  stop.signal.throwIfAborted()
  busy('Creating the tables')
  await migrate(databaseUrl)
  const { db, pool, close } = connect(databaseUrl)
  const mailbox = mailboxIn(folder)
  const sample = sampleChain({ genesisTime: new Date(Date.now() - sampleBlocks * BLOCK_MS), msPerBlock: BLOCK_MS })
  const queryNode = await startQueryNode(sample.chain)
  const tokens = createTokens(config.secretKey)
  const deps: NotifierDeps = {
    db,
    pool,
    queryNode: connectQueryNode(queryNode.url),
    providers: [createMailbox({ folder: mailbox, sender: config.emailSender })],
    stop: stop.signal,
    log: createLogger(config),
    emailTypes: createEmailTypes(config),
    // The vote that the demo shows takes a minute.
    config: { ...config, startingBlock: 0, proposalLengths: { FundingRequest: { votingBlocks: sampleVotingBlocks } } },
  }
  const [alice] = sample.members
  if (!alice) throw new Error('The sample has no members')
  const token = tokens.auth(Number(alice.id))
  const page = options.once ? undefined : await serveMailbox(mailbox)
  const api = options.once ? undefined : await serveApi({ ...deps, tokens, whyDays: config.whyDays }, config, token)
  try {
    const audience = await registerAudience(db, sample)
    say(`\nThe chain has ${sample.chain.head} blocks. Registered with this service:`)
    for (const { name, about } of audience) say(`  ${name}: ${about}`)

    busy('Reading the chain and sending emails')
    const summary = await run(deps)
    stop.signal.throwIfAborted()
    say('\nThe notifier has read the chain. Who was notified of what, and why:\n')
    printTable(await newNotifications(db), screen)
    report(summary)
    if (page) say(`\nRead the emails at ${page.url} until the demo ends. Their links to unsubscribe work.`)
    else say('\nThe emails are deleted with the demo. Without --once, it shows them on a page.')
    if (api) {
      say(`The API is at ${api.url}. In a browser, GraphiQL opens there with ${alice.handle}'s token filled in.`)
      say(`This command asks the API what ${alice.handle} was told:\n`)
      say(`  ${firstQuery(api.url, token)}`)
    }
    if (options.once) {
      const { events, notifications, emails } = summary
      const { sent, ignored, failed } = emails
      if (options.json) console.log(JSON.stringify({ events, notifications, emails: { sent, ignored, failed } }))
    } else {
      say(`\nA new block every ${BLOCK_MS / 1000} seconds from now on. Ctrl-C ends the demo.\n`)
      await goOn(sample, deps)
    }
    if (summary.failure || summary.emails.stopped) process.exitCode = 1
  } finally {
    busy('Stopping the API and the query node')
    await api?.close()
    await page?.close()
    await queryNode.close()
    await close()
  }
}

async function goOn(sample: Sample, deps: NotifierDeps): Promise<void> {
  let last = await newestNotification(deps.db)
  while (true) {
    busy('Waiting for the next block')
    await sleep(BLOCK_MS, undefined, { signal: stop.signal })
    busy('Reading the block and sending emails')
    say(screen.styled('bold', `Block ${sample.chain.openBlock}: ${continueSample(sample)}`))
    const summary = await run(deps)
    printTable(await newNotifications(deps.db, last), screen)
    if (summary.notifications) report(summary)
    last = await newestNotification(deps.db)
  }
}

function report({ events, notifications, emails }: RunSummary) {
  say(`\n${events} events, ${notifications} notifications, ${emails.sent} emails sent, ${emails.ignored} not emailed.`)
}

async function newestNotification(db: Database): Promise<number> {
  return (await db.notification.aggregate({ _max: { id: true } }))._max.id ?? 0
}

import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { continueSample, type Sample, sampleBlocks, sampleChain, startQueryNode } from 'query-node'
import { connectQueryNode } from '../src/chain/client.ts'
import { parseConfig } from '../src/config/config.ts'
import { connect, type Database } from '../src/db/client.ts'
import { startEmbedded } from '../src/db/setup/embedded.ts'
import { migrate } from '../src/db/setup/migrate.ts'
import { createEmailTypes } from '../src/emails/prepare.ts'
import { createMailbox } from '../src/emails/providers/mailbox.ts'
import { createLogger } from '../src/lib/logger.ts'
import { readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { createTokens } from '../src/members/tokens.ts'
import { type NotifierDeps, type RunSummary, run } from '../src/notifier/run.ts'
import { firstQuery, serveApi } from './demo/api.ts'
import { registerAudience } from './demo/members.ts'
import { newNotifications, printTable } from './demo/table.ts'
import { serveMailbox } from './mailbox-page.ts'

// `npm run demo`: the whole service on one machine, with everything it needs made up. Nothing leaves the machine,
// whatever the environment says.

const BLOCK_TIME = 6_000
const { flags } = readArguments(usageOf('demo'))
const options = { once: flags.has('once'), json: flags.has('json') }
const say = (text: string) => (options.json ? console.error(text) : console.log(text))
const config = parseConfig({ APP_LOG_LEVEL: 'warn' })
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())

await mkdir(config.dataFolder, { recursive: true })
const folder = await mkdtemp(join(config.dataFolder, 'demo-'))
const mailbox = join(config.dataFolder, 'mailbox')

try {
  say('Starting a PostgreSQL, a query node and a notifier of their own ...')
  const postgres = await startEmbedded(join(folder, 'postgres'), { fsync: 'off' })
  try {
    await demonstrate(postgres.url)
  } finally {
    await postgres.close()
  }
} catch (error) {
  // Ctrl-C reaches the commands of PostgreSQL too, which then fail.
  if (!stop.signal.aborted) throw error
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function demonstrate(databaseUrl: string): Promise<void> {
  await migrate(databaseUrl)
  const { db, pool, close } = connect(databaseUrl)
  const sample = sampleChain({ genesisTime: new Date(Date.now() - sampleBlocks * BLOCK_TIME), msPerBlock: BLOCK_TIME })
  const queryNode = await startQueryNode(sample.chain)
  const tokens = createTokens(config.secretKey)
  const deps: NotifierDeps = {
    db,
    pool,
    queryNode: connectQueryNode(queryNode.url),
    provider: createMailbox({ folder: mailbox, sender: config.emailSender }),
    log: createLogger(config),
    emailTypes: createEmailTypes({ ...config, tokens }),
    config: { ...config, startingBlock: 0 },
  }
  const page = options.once ? undefined : await serveMailbox(mailbox)
  const api = options.once ? undefined : await serveApi({ ...deps, tokens }, config)
  try {
    const audience = await registerAudience(db, sample)
    say(`\nThe chain has ${sample.chain.head} blocks. Registered with this service:`)
    for (const { name, about } of audience) say(`  ${name}: ${about}`)

    const summary = await run(deps)
    say('\nThe notifier has read the chain. Who was notified of what, and why:\n')
    printTable(await newNotifications(db), say)
    report(summary)
    say(
      `\nThe emails are in ${mailbox}${page ? `, and to be read at ${page.url}` : ': `npm run dev:mailbox` shows them'}`,
    )
    const [alice] = sample.members
    if (api && alice) {
      say(`The API answers at ${api.url}, in a browser with GraphiQL. This asks it what ${alice.handle} was told:\n`)
      say(`  ${firstQuery(api.url, tokens.auth(Number(alice.id)))}`)
    }
    if (options.once) {
      const { events, notifications, emails } = summary
      const { sent, ignored, failed } = emails
      if (options.json) console.log(JSON.stringify({ events, notifications, emails: { sent, ignored, failed } }))
    } else {
      say(`\nA new block every ${BLOCK_TIME / 1000} seconds from now on. Ctrl-C ends it.\n`)
      await goOn(sample, deps)
    }
    if (summary.failure || summary.emails.stopped) process.exitCode = 1
  } finally {
    await api?.close()
    await page?.close()
    await queryNode.close()
    await close()
  }
}

async function goOn(sample: Sample, deps: NotifierDeps): Promise<void> {
  let last = await newestNotification(deps.db)
  while (!stop.signal.aborted) {
    await sleep(BLOCK_TIME, undefined, { signal: stop.signal }).catch(() => {})
    if (stop.signal.aborted) break
    say(`Block ${sample.chain.openBlock}: ${continueSample(sample)}`)
    const summary = await run(deps)
    printTable(await newNotifications(deps.db, last), say)
    if (summary.notifications) report(summary)
    last = await newestNotification(deps.db)
  }
  say('\nBye.')
}

function report({ events, notifications, emails }: RunSummary) {
  say(`\n${events} events, ${notifications} notifications, ${emails.sent} emails sent, ${emails.ignored} not emailed.`)
}

async function newestNotification(db: Database): Promise<number> {
  return (await db.notification.aggregate({ _max: { id: true } }))._max.id ?? 0
}

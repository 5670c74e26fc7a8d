import { createPromptSending, type Mailer } from '../api/prompt-sending.ts'
import { startApi } from '../api/server.ts'
import { connectQueryNode, MANY_MEMBERS } from '../chain/client.ts'
import { connect, type Pool } from '../db/client.ts'
import { LIMITS } from '../db/session.ts'
import { reportWay } from '../db/way.ts'
import { closeProviders, createProviders } from '../emails/providers/provider.ts'
import type { Logger } from '../lib/logger.ts'
import { pause } from '../lib/wait.ts'
import { storePublicUrl } from '../members/public-url.ts'
import { createTokens } from '../members/tokens.ts'
import type { Tools } from './command.ts'
import { freeMemory } from './free-memory.ts'

const RETRY_EVERY_MS = 10_000

/** @param notifier in this process, whose connections to the email provider are used */
export async function openApi({ config, log, database, stop }: Tools, notifier?: Partial<Mailer>) {
  // Its own connections: a request may not take as long as a run of the notifier.
  const { db, pool, close } = connect(database.url, LIMITS.api)
  const { emailSender } = config
  const sending = config.emailProviders.length
    ? createPromptSending({ pool, log, emailSender, open: () => openMailer(config, notifier) })
    : undefined
  const deps = {
    db,
    pool,
    directUrl: database.directUrl,
    queryNode: connectQueryNode(config.queryNodeEndpoint, undefined, MANY_MEMBERS),
    tokens: createTokens(config.secretKey, config.previousSecretKey),
    pioneerUrl: config.pioneerUrl,
    whyDays: config.whyDays,
    emailProviders: config.emailProviders.map(({ name }) => name),
    sendPromptly: sending?.send,
    log,
  }
  const api = await startApi(deps, config).catch(async (error: unknown) => {
    await close()
    throw error
  })
  freeMemory()
  log.info(`The API answers at ${api.url}`)
  if (config.isSecretMadeUp) {
    log.info('Only this machine reaches it, because its secret was made up: set APP_SECRET_KEY for others')
  }
  const closing = new AbortController()
  const end = AbortSignal.any([stop, closing.signal])
  void reportWay(deps, log, end)
  void announce(deps.pool, config.publicUrl ?? (config.production ? undefined : api.url), log, end)
  return {
    async close() {
      closing.abort()
      await api.close()
      const mailer = await sending?.close()
      if (mailer && mailer.providers !== notifier?.providers) await closeProviders(mailer.providers)
      await close()
    },
  }
}

/** Tells the notifiers where links in emails lead, once the database can be reached. */
async function announce(pool: Pool, url: string | undefined, log: Logger, stop: AbortSignal): Promise<void> {
  if (url === undefined) {
    log.warn(
      'PUBLIC_URL is not set: emails have no link to unsubscribe, which Gmail and Yahoo require of bulk senders. Set it to the https address of this API',
    )
  }
  while (!stop.aborted) {
    try {
      return await storePublicUrl(pool, url)
    } catch {
      // Requests say that the database cannot be reached.
      await pause(RETRY_EVERY_MS, stop)
    }
  }
}

async function openMailer(config: Tools['config'], notifier: Partial<Mailer> = {}): Promise<Mailer> {
  // Loaded late: an API that sends nothing takes less memory.
  const { createEmailTypes } = await import('../emails/prepare.ts')
  const providers = notifier.providers ?? (await createProviders(config))
  const emailTypes = notifier.emailTypes ?? createEmailTypes(config)
  return { providers, emailTypes }
}

import { ConfigError, loadConfig } from '../src/config/config.ts'
import { createComposer } from '../src/emails/compose.ts'
import { createProvider } from '../src/emails/providers/provider.ts'
import { isKind } from '../src/events/kinds.ts'
import { sampleNews } from './sample-news.ts'

// Sends one email with sample data through the configured provider: whether it arrives, and how it looks there.

const [to, kind = 'FORUM_POST_MENTION'] = process.argv.slice(2)
process.exitCode = (await sendSample(to, kind)) ? 0 : 1

async function sendSample(to: string | undefined, kind: string): Promise<boolean> {
  const all = sampleNews()
  if (!to) return complain('Whom to? For example: npm run dev:mockEmail -- alice@example.org FORUM_POST_MENTION')
  const news = all.find((news) => news.kind === kind)
  if (!isKind(kind) || !news) {
    const kinds = [...new Set(all.map((news) => news.kind))].sort()
    return complain(`There is no email of the kind ${kind}. Kinds:\n  ${kinds.join('\n  ')}`)
  }

  const config = readConfig()
  if (!config) return false
  const provider = await createProvider(config)
  if (!provider) return complain('No provider is configured: give SENDGRID_API_KEY, MAILGUN_API_KEY or SMTP_URL.')

  const compose = await createComposer(config)
  const id = Math.floor(Date.now() / 1000)
  const host = /@([^\s>]+)/.exec(config.emailSender)?.[1]
  const outcome = await provider.send({ ...compose(news), id, to, messageId: `<sample-${id}@${host}>` })
  await provider.close()
  if (outcome.result !== 'sent') return complain(`${provider.name}: ${outcome.result}, ${outcome.reason}`)
  console.log(`${provider.name} has taken a ${kind} email to ${to} (${outcome.messageId ?? 'without an id'}).`)
  if (config.emailProvider.name === 'mailbox') {
    console.log(`It was not sent anywhere: it is in the folder ${config.emailProvider.folder}`)
  }
  return true
}

function readConfig() {
  try {
    return loadConfig()
  } catch (error) {
    if (error instanceof ConfigError) return void complain(error.message)
    throw error
  }
}

function complain(text: string): false {
  console.error(text)
  return false
}

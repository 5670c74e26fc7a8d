import { ConfigError, loadConfig } from '../src/config/config.ts'
import { createProvider } from '../src/emails/providers/provider.ts'
import { sampleEmails } from '../src/emails/samples.ts'
import { createTokens } from '../src/members/tokens.ts'

// Sends one email with sample data through the configured provider: whether it arrives, and how it looks there.

const [to, name = 'FORUM_POST_MENTION'] = process.argv.slice(2)
process.exitCode = (await sendSample(to, name)) ? 0 : 1

async function sendSample(to: string | undefined, name: string): Promise<boolean> {
  if (!to) return complain('Whom to? For example: npm run dev:mockEmail -- alice@example.org FORUM_POST_MENTION')
  const config = readConfig()
  if (!config) return false
  const samples = await sampleEmails({ ...config, tokens: createTokens(config.secretKey) })
  const sample = samples.find((sample) => sample.name === name)
  if (!sample) {
    const names = [...new Set(samples.map((sample) => sample.name))].sort()
    return complain(`There is no sample email ${name}. Sample emails:\n  ${names.join('\n  ')}`)
  }
  const provider = await createProvider(config)
  if (!provider) return complain('No provider is configured: give SENDGRID_API_KEY, MAILGUN_API_KEY or SMTP_URL.')

  const id = Math.floor(Date.now() / 1000)
  const host = /@([^\s>]+)/.exec(config.emailSender)?.[1]
  const outcome = await provider.send({ ...sample.compose(), id, to, messageId: `<sample-${id}@${host}>` })
  await provider.close()
  if (outcome.result !== 'sent') return complain(`${provider.name}: ${outcome.result}, ${outcome.reason}`)
  console.log(`${provider.name} has taken the sample email ${name} to ${to} (${outcome.messageId ?? 'without an id'}).`)
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

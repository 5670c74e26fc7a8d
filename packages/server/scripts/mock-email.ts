import { closeProviders, createProviders } from '../src/emails/providers/provider.ts'
import { sampleEmails } from '../src/emails/samples.ts'
import { addressAsSent, parseAddress } from '../src/lib/email-address.ts'
import { failUsage, readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { domainOf } from '../src/outbox/sender.ts'
import { readConfiguration } from './configuration.ts'

const usage = usageOf('dev:mockEmail')
const { positionals } = readArguments(usage)
const [to = '', name = 'FORUM_POST_MENTION'] = positionals
if (!parseAddress(to)) failUsage(usage, `'${to}' is not an email address`)
process.exitCode = (await sendSample(to, name)) ? 0 : 1

async function sendSample(to: string, name: string): Promise<boolean> {
  const config = readConfiguration()
  const samples = await sampleEmails(config)
  const sample = samples.find((sample) => sample.name === name)
  if (!sample) {
    const names = [...new Set(samples.map((sample) => sample.name))].sort()
    failUsage(usage, `There is no sample email '${name}', only ${names.join(', ')}`)
  }
  const providers = await createProviders(config)
  const [provider] = providers
  if (!provider) return complain('No provider is configured: give SENDGRID_API_KEY, MAILGUN_API_KEY or SMTP_URL.')

  const id = Math.floor(Date.now() / 1000)
  const outgoing = {
    ...sample.compose(),
    id,
    to: addressAsSent(to),
    key: `sample-${id}`,
    messageId: `<sample-${id}@${domainOf(config.emailSender)}>`,
  }
  const outcome = await provider.send(outgoing)
  await closeProviders(providers)
  if (outcome.result !== 'sent') return complain(`${provider.name}: ${outcome.result}, ${outcome.reason}`)
  console.log(`${provider.name} has taken the sample email ${name} to ${to} (${outcome.messageId ?? 'without an id'}).`)
  const [used] = config.emailProviders
  if (used?.name === 'mailbox') console.log(`It was not sent anywhere: it is in the folder ${used.folder}`)
  return true
}

function complain(text: string): false {
  console.error(text)
  return false
}

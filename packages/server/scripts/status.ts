import { failUsage, readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { readDeadlines } from '../src/operations/deadlines.ts'
import { checkDns } from '../src/operations/dns.ts'
import { reportingNames } from '../src/operations/feedback.ts'
import { type Check, checkHealth } from '../src/operations/health.ts'
import { readConfiguration } from './configuration.ts'
import { onExistingDatabase } from './existing-database.ts'
import { say } from './terminal.ts'

const usage = usageOf('status')
const { flags, values } = readArguments(usage)
const selector = values['dkim-selector']
if (selector !== undefined && !flags.has('dns')) failUsage(usage, '--dkim-selector goes with --dns')

function print(checks: Check[]): 0 | 1 {
  // What a provider answered can be part of it.
  for (const { name, ok, says } of checks) say(`${ok ? 'ok   ' : 'WRONG'}  ${name.padEnd(14)}  ${says}`)
  return checks.every(({ ok }) => ok) ? 0 : 1
}

if (flags.has('dns')) process.exit(print(await checkDns({ ...readConfiguration(), selector })))
await onExistingDatabase(async ({ config, database }) => {
  const providers = config.emailProviders.map(({ name }) => name)
  const code = print(await checkHealth(database.pool, providers, database, reportingNames(config.webhookKeys)))
  // Without the tables, the checks have said so.
  const ahead = await readDeadlines(database.pool).catch(() => [])
  if (ahead.length) say('', 'What ends next (UTC):')
  for (const { title, endsAt, isEstimated } of ahead) {
    say(`  ${isEstimated ? 'about ' : '      '}${endsAt.toISOString().slice(0, 16).replace('T', ' ')}  ${title}`)
  }
  return code
})

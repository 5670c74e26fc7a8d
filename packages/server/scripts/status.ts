import { LIMITS } from '../src/db/session.ts'
import { embeddedIn, hasEmbedded } from '../src/db/setup/embedded.ts'
import { failUsage, readArguments } from '../src/main/arguments.ts'
import { command } from '../src/main/command.ts'
import { usageOf } from '../src/main/usages.ts'
import { checkDns } from '../src/operations/dns.ts'
import { type Check, checkHealth } from '../src/operations/health.ts'
import { readConfiguration } from './configuration.ts'

const usage = usageOf('status')
const { flags, values } = readArguments(usage)
const selector = values['dkim-selector']
if (selector !== undefined && !flags.has('dns')) failUsage(usage, '--dkim-selector goes with --dns')

function print(checks: Check[]): 0 | 1 {
  for (const { name, ok, says } of checks) console.log(`${ok ? 'ok   ' : 'WRONG'}  ${name.padEnd(14)}  ${says}`)
  return checks.every(({ ok }) => ok) ? 0 : 1
}

const config = readConfiguration()
if (flags.has('dns')) process.exit(print(await checkDns({ ...config, selector })))
if (!config.databaseUrl && !(await hasEmbedded(embeddedIn(config.dataFolder)))) {
  console.log('There is no database yet: set DATABASE_URL, or run `npm run migrate`, which makes an embedded one.')
  process.exit(1)
}
await command(
  async ({ config, database }) =>
    print(
      await checkHealth(
        database.pool,
        config.emailProviders.map(({ name }) => name),
        database,
      ),
    ),
  LIMITS.api,
)

import { LIMITS } from '../src/db/session.ts'
import { embeddedIn, hasEmbedded } from '../src/db/setup/embedded.ts'
import { readArguments } from '../src/main/arguments.ts'
import { command } from '../src/main/command.ts'
import { usageOf } from '../src/main/usages.ts'
import { checkHealth } from '../src/operations/health.ts'
import { readConfiguration } from './configuration.ts'

readArguments(usageOf('status'))
const { databaseUrl, dataFolder } = readConfiguration()
if (!databaseUrl && !(await hasEmbedded(embeddedIn(dataFolder)))) {
  console.log('There is no database yet: set DATABASE_URL, or run `npm run migrate`, which makes an embedded one.')
  process.exit(1)
}
await command(async ({ config, database }) => {
  const checks = await checkHealth(database.pool, config.emailProvider.name, database)
  for (const { name, ok, says } of checks) console.log(`${ok ? 'ok   ' : 'WRONG'}  ${name.padEnd(14)}  ${says}`)
  return checks.every(({ ok }) => ok) ? 0 : 1
}, LIMITS.api)

import { LIMITS } from '../src/db/session.ts'
import { readArguments } from '../src/main/arguments.ts'
import { command } from '../src/main/command.ts'
import { usageOf } from '../src/main/usages.ts'
import { checkHealth } from '../src/operations/health.ts'

readArguments(usageOf('status'))
await command(async ({ config, database }) => {
  const checks = await checkHealth(database.pool, config.emailProvider.name, database)
  for (const { name, ok, says } of checks) console.log(`${ok ? 'ok   ' : 'WRONG'}  ${name.padEnd(14)}  ${says}`)
  return checks.every(({ ok }) => ok) ? 0 : 1
}, LIMITS.api)

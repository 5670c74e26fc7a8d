import { command } from '../src/main/command.ts'
import { checkHealth } from '../src/operations/health.ts'

// `npm run status`: how the service is, at a glance. Exit code 1 when something is wrong.
await command(async ({ config, database }) => {
  const checks = await checkHealth(database.pool, config.emailProvider.name)
  for (const { name, ok, says } of checks) console.log(`${ok ? 'ok   ' : 'WRONG'}  ${name.padEnd(14)}  ${says}`)
  return checks.every(({ ok }) => ok) ? 0 : 1
})

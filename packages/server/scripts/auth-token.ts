import { LIMITS } from '../src/db/session.ts'
import { failUsage, readArguments } from '../src/main/arguments.ts'
import { command } from '../src/main/command.ts'
import { usageOf } from '../src/main/usages.ts'
import { readTokenGeneration } from '../src/members/token-generation.ts'
import { createTokens, isMemberId } from '../src/members/tokens.ts'

const usage = usageOf('dev:authtoken')
const { positionals } = readArguments(usage)
const [text = ''] = positionals
const id = /^\d+$/.test(text) ? Number(text) : Number.NaN
if (!isMemberId(id)) failUsage(usage, `'${text}' is not a member id`)
await command(async ({ config, database }) => {
  console.log(createTokens(config.secretKey).auth(id, await readTokenGeneration(database.pool, id)))
  return 0
}, LIMITS.api)

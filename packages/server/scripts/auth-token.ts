import { LIMITS } from '../src/db/session.ts'
import { readArguments } from '../src/main/arguments.ts'
import { command } from '../src/main/command.ts'
import { usageOf } from '../src/main/usages.ts'
import { readTokenGeneration } from '../src/members/token-generation.ts'
import { createTokens } from '../src/members/tokens.ts'
import { readMemberId } from './member-id.ts'

const usage = usageOf('dev:authtoken')
const { positionals } = readArguments(usage)
const id = readMemberId(usage, positionals[0])
await command(async ({ config, database }) => {
  console.log(createTokens(config.secretKey).auth(id, await readTokenGeneration(database.pool, id)))
  return 0
}, LIMITS.api)

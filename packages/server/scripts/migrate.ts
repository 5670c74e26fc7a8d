import { failUsage, readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { describeMigration, goBackToPioneer } from './migration-plan.ts'
import { prepareDatabase } from './prepare-database.ts'

const usage = usageOf('migrate')
const { flags } = readArguments(usage)
const isDryRun = flags.has('dry-run')
const isSeed = flags.has('seed')
const isBack = flags.has('back-to-pioneer')
if (isSeed && (isDryRun || isBack)) failUsage(usage, '--seed goes with no other option')
if (isBack) await goBackToPioneer(isDryRun)
else if (isDryRun) await describeMigration()
else await prepareDatabase({ onlySeed: isSeed, showTokens: true })

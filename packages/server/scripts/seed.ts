import { readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { prepareDatabase } from './prepare-database.ts'

readArguments(usageOf('seed'))
await prepareDatabase({ onlySeed: true, showTokens: true })

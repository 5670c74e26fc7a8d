import { readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { prepareDatabase } from './prepare-database.ts'

const { flags } = readArguments(usageOf('migrate'))
await prepareDatabase({ onlySeed: flags.has('seed'), showTokens: true })

import { readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { readConfiguration } from './configuration.ts'
import { prepareDatabase } from './prepare-database.ts'

// `npm run start:all`: a person at a terminal gets the members' tokens, which must not reach a log.
readArguments(usageOf('start:all'))
if (readConfiguration().initialMemberships.length) {
  await prepareDatabase({ onlySeed: true, showTokens: process.stdout.isTTY })
}
if (!process.exitCode) await import('../src/main/all.ts')

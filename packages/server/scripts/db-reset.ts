import { createInterface } from 'node:readline/promises'
import { openDatabase } from '../src/db/client.ts'
import { embeddedIn, removeEmbedded } from '../src/db/setup/embedded.ts'
import { failUsage, readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { readConfiguration } from './configuration.ts'

const usage = usageOf('db:reset')
const { flags } = readArguments(usage)
const config = readConfiguration()
const folder = embeddedIn(config.dataFolder)
if (config.databaseUrl) {
  console.error('DATABASE_URL is set: only the embedded database can be reset.')
  process.exitCode = 1
} else if (flags.has('yes') || (await isConfirmed())) {
  try {
    await removeEmbedded(folder)
    await (await openDatabase(config)).close()
    console.log('The embedded database is new and empty.')
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
} else {
  console.log('Nothing was deleted.')
}

async function isConfirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) failUsage(usage, 'Nobody can be asked here, so --yes has to be given')
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return /^y(es)?$/i.test(await terminal.question(`Delete the database in ${folder}? [y/N] `))
  } catch {
    // Ctrl-C or Ctrl-D is no answer.
    console.log()
    return false
  } finally {
    terminal.close()
  }
}

import { readArguments } from '../src/main/arguments.ts'
import { prepareDatabase } from './prepare-database.ts'

// A container's first step. A wrong argument ends it before the database is changed.
readArguments({ command: 'start.ts api', summary: 'Brings the database up to date, then serves the API' })
// The output is a log, which must not contain tokens.
await prepareDatabase({ showTokens: false })

import { readArguments } from '../src/main/arguments.ts'
import { prepareDatabase } from './prepare-database.ts'

// What a container of the API does first. A wrong argument ends it before the database is changed.
readArguments({ command: 'start.ts api', summary: 'Brings the database up to date, then serves the API' })
// Its output is a log, which tokens do not belong in.
await prepareDatabase({ showTokens: false })

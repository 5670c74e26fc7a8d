import { prepareDatabase } from './prepare-database.ts'

// What a container of the API does first. Its output is a log, which tokens do not belong in.
await prepareDatabase({ showTokens: false })

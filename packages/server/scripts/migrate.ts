import { prepareDatabase } from './prepare-database.ts'

// `npm run migrate`: brings the database up to date and registers INITIAL_MEMBERSHIPS. `--seed` does only the latter.
await prepareDatabase({ onlySeed: process.argv.includes('--seed'), showTokens: true })

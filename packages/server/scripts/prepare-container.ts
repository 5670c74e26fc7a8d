import { loadConfig, newWarnings } from '../src/config/config.ts'
import { prepareDatabase } from './prepare-database.ts'

// before-api.ts has read the configuration, and printed the warnings.
newWarnings(loadConfig())
// The output is a log, which must not contain tokens.
await prepareDatabase({ showTokens: false })

import { join } from 'node:path'
import { findDrift, generatedFiles, SERVER } from './generated.ts'

// `npm run drift`: fails when a checked-in generated file is not what the sources generate now. Changes nothing.
const drift = await findDrift(SERVER, await generatedFiles())
for (const sentence of drift) console.error(join('packages/server', sentence))
process.exitCode = drift.length ? 1 : 0

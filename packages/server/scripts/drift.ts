import { join } from 'node:path'
import { readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { findDrift, generatedFiles, SERVER } from './generated.ts'

readArguments(usageOf('drift'))
const drift = await findDrift(SERVER, await generatedFiles())
for (const sentence of drift) console.error(join('packages/server', sentence))
process.exitCode = drift.length ? 1 : 0

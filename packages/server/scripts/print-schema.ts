import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { printedSchema, SCHEMA_FILE, SERVER } from './generated.ts'

readArguments(usageOf('generate:schema'))
await writeFile(join(SERVER, SCHEMA_FILE), printedSchema())

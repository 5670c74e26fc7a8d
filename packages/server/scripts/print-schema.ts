import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { printedSchema, SCHEMA_FILE, SERVER } from './generated.ts'

// `npm run generate:schema`: the API's schema as the code has it, for those who read and those who call it.
await writeFile(join(SERVER, SCHEMA_FILE), printedSchema())

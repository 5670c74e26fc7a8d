import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { schema } from '../src/api/graphql/schema.ts'

// `npm run generate:schema`: the API's schema as the code has it, for those who read and those who call it.
const file = join(import.meta.dirname, '../schema.graphql')
await writeFile(file, `${printSchema(lexicographicSortSchema(schema))}\n`)

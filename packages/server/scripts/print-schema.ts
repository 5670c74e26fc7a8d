import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { schema } from '../src/api/graphql/schema.ts'
import { readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'

readArguments(usageOf('generate:schema'))
const file = join(import.meta.dirname, '../schema.graphql')
await writeFile(file, `${printSchema(lexicographicSortSchema(schema))}\n`)

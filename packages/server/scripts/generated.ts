import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { generate } from '@graphql-codegen/cli'
import { lexicographicSortSchema, printSchema } from 'graphql'
import codegen from '../codegen.ts'
import { schema } from '../src/api/graphql/schema.ts'

export const SERVER = resolve(import.meta.dirname, '..')
export const SCHEMA_FILE = 'schema.graphql'

export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`

/** What `npm run generate` would write, by path below packages/server. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const types: { filename: string; content: string }[] = await generate(
    { ...codegen, cwd: SERVER, silent: true },
    false,
  )
  const files = types.map(({ filename, content }): [string, string] => [filename, content])
  return new Map([...files, [SCHEMA_FILE, printedSchema()]])
}

/**
 * Compares the generated files in a folder with what would be generated now.
 * @returns a sentence for each file that differs
 */
export async function findDrift(folder: string, generated: Map<string, string>): Promise<string[]> {
  const present = await Promise.all(Object.keys(codegen.generates).map((path) => filesIn(folder, path)))
  const paths = new Set([...generated.keys(), ...present.flat()])
  const sentences = [...paths].sort().map(async (path) => {
    if (!generated.has(path)) return [`${path} is no longer generated: delete it`]
    const text = await readFile(join(folder, path), 'utf8').catch(() => undefined)
    return text === generated.get(path) ? [] : [`${path} is out of date: run npm run generate`]
  })
  return (await Promise.all(sentences)).flat()
}

async function filesIn(folder: string, path: string): Promise<string[]> {
  const entries = await readdir(join(folder, path), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
}

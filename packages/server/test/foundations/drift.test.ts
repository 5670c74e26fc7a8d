import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { findDrift, generatedFiles, SCHEMA_FILE } from '../../scripts/generated.ts'

const TYPES = 'src/generated/query-node'

let generated: Map<string, string>
let folder: string
beforeAll(async () => {
  generated = await generatedFiles()
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drift-'))
  for (const [path, text] of generated) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return () => rm(folder, { recursive: true })
})

test('files that were generated from the present sources do not drift', async () => {
  expect([...generated.keys()]).toEqual(expect.arrayContaining([SCHEMA_FILE, `${TYPES}/gql.ts`]))
  expect(await findDrift(folder, generated)).toEqual([])
})

test('a file that was edited or is missing is reported, with the command that generates it', async () => {
  await writeFile(join(folder, SCHEMA_FILE), 'type Query', { flag: 'a' })
  await rm(join(folder, TYPES, 'gql.ts'))
  expect(await findDrift(folder, generated)).toEqual([
    `${SCHEMA_FILE} is out of date: run npm run generate`,
    `${TYPES}/gql.ts is out of date: run npm run generate`,
  ])
})

test('a file that is no longer generated is reported', async () => {
  await writeFile(join(folder, TYPES, 'fragment-masking.ts'), '')
  expect(await findDrift(folder, generated)).toEqual([`${TYPES}/fragment-masking.ts is no longer generated: delete it`])
})

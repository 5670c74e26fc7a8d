import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../../../..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const inDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => `docs/${file}`)
const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...inDocs].filter((file) => file.endsWith('.md'))

test.each(documents)('the files and folders that %s names exist', (document) => {
  const named = [...read(document).matchAll(/`((?:packages|docs)\/[\w./-]+)`/g)].map(([, path = '']) => path)
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})

test('CONTRIBUTING says what is in each room of the sources', () => {
  const described = [...read('CONTRIBUTING.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, room]) => room)
  const source = readdirSync(join(ROOT, 'packages/server/src'), { withFileTypes: true })
  const rooms = source.filter((entry) => entry.isDirectory() && entry.name !== 'generated').map(({ name }) => name)
  expect(described.sort()).toEqual(rooms.sort())
})

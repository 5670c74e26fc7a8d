import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rooms, violations } from './import-rule.ts'

const SRC = join(import.meta.dirname, '../../src')
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.startsWith('generated'),
)
const sources = new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]))

test('every file lies in a room, and imports only what its room may', () => {
  expect(files.length).toBeGreaterThan(100)
  expect(violations(sources)).toEqual([])
})

test('no room may import a package that it does not use', () => {
  const unused = Object.entries(rooms).flatMap(([room, { packages }]) => {
    const own = [...sources].filter(([file]) => file.startsWith(`${room}/`)).map(([, source]) => source)
    return packages
      .filter((name) => !own.some((source) => source.includes(name.replace('*', ''))))
      .map((name) => `${room}: ${name}`)
  })
  expect(unused).toEqual([])
})

test.each(Object.keys(rooms).filter((room) => room !== 'main'))('%s may not import the processes', (room) => {
  for (const line of [
    `import { command } from '../main/command.ts'`,
    `import type { Tools } from '../main/command.ts'`,
    `const { command } = await import('../main/command.ts')`,
    `export * from '../main/command.ts'`,
  ]) {
    expect(violations(new Map([[`${room}/new.ts`, line]]))).toEqual([
      `${room}/new.ts imports ../main/command.ts: ${room} may not import main`,
    ])
  }
})

test.each(Object.keys(rooms))('%s may not import a package that is not on its list', (room) => {
  const [broken] = violations(new Map([[`${room}/deep/new.ts`, `import x from '@scope/unknown/deep'`]]))
  expect(broken).toBe(`${room}/deep/new.ts imports @scope/unknown/deep: ${room} may not import @scope/unknown`)
})

test.each([
  ['notifier', 'api'],
  ['api', 'notifier'],
  ['jobs', 'notifier'],
  ['api', 'jobs'],
  ['events', 'db'],
  ['events', 'config'],
  ['outbox', 'emails'],
  ['lib', 'config'],
  ['chain', 'db'],
  ['main', 'generated/prisma'],
])('%s and %s stay apart', (room, other) => {
  const [broken] = violations(new Map([[`${room}/new.ts`, `import x from '../${other}/x.ts'`]]))
  expect(broken).toMatch(`${room} may not import ${other}`)
})

test('a loose file is found', () => {
  expect(violations(new Map([['loose.ts', '']]))).toEqual(['loose.ts lies loose: it needs a room'])
})

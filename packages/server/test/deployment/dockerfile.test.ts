import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultRole, roles } from '../../scripts/roles.ts'
import { parseConfig } from '../../src/config/config.ts'
import { ignores, ROOT, readRoot, readStages, textOf, variablesOf, wordsOf } from './dockerfile.ts'

const image = readStages().at(-1)

test('the image has the Node.js that is tested, and not one of its own', () => {
  const [major] = JSON.parse(readRoot('package.json')).devDependencies.node.split('.')
  for (const { from } of readStages()) expect(from).toBe(`node:${major}-slim`)
})

test('only its last stage is made for another platform, and runs nothing there', () => {
  for (const { flags } of readStages().slice(0, -1)) expect(flags.platform).toBe('$BUILDPLATFORM')
  expect(image?.flags.platform).toBeUndefined()
  expect(image?.steps.map(({ name }) => name)).not.toContain('RUN')
})

test('it runs as a user without rights, in production, where the API listens by default', () => {
  expect(textOf(image, 'USER')).toBe('node')
  const { NODE_ENV, MALLOC_ARENA_MAX } = variablesOf(image)
  expect({ NODE_ENV, MALLOC_ARENA_MAX }).toEqual({ NODE_ENV: 'production', MALLOC_ARENA_MAX: '2' })
  expect(textOf(image, 'EXPOSE')).toBe(String(parseConfig({}).port))
  expect(wordsOf(image, 'CMD')).toEqual([defaultRole])
})

test('it finds the compiled code where the build leaves it, as the user who may read it', () => {
  const { NODE_COMPILE_CACHE, NODE_COMPILE_CACHE_PORTABLE } = variablesOf(image)
  const builder = readStages().find(({ name }) => name === 'production')
  expect(variablesOf(builder)).toEqual({ NODE_COMPILE_CACHE, NODE_COMPILE_CACHE_PORTABLE })
  expect(textOf(builder, 'USER')).toBe(textOf(image, 'USER'))
})

test('its programs exist', () => {
  for (const name of ['ENTRYPOINT', 'HEALTHCHECK']) {
    const [program, file = ''] = wordsOf(image, name)
    expect(program).toBe('node')
    expect(existsSync(join(ROOT, file)), file).toBe(true)
  }
  const folder = join(import.meta.dirname, '../../scripts')
  for (const { programs } of Object.values(roles)) {
    for (const program of programs) expect(existsSync(join(folder, program)), program).toBe(true)
  }
})

test('secrets and data of a working copy never reach a build', () => {
  for (const path of [
    '.env',
    'packages/server/.env',
    'packages/server/src/.env.local',
    '.git/config',
    '.data/postgres/PG_VERSION',
    'node_modules/node/package.json',
    'x.pem',
  ]) {
    expect(ignores(path), path).toBe(true)
  }
  for (const path of ['package.json', 'packages/server/src/config/config.ts', 'run'])
    expect(ignores(path), path).toBe(false)
})

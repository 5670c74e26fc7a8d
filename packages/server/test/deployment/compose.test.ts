import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createChain, startQueryNode } from 'query-node'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { roles } from '../../scripts/roles.ts'
import { parseConfig } from '../../src/config/config.ts'
import { environment } from '../../src/config/environment.ts'
import { ROOT, readRoot, readStages } from './dockerfile.ts'

type Service = {
  image: string
  build?: { target?: string }
  pull_policy?: string
  entrypoint?: string[]
  command?: string[]
  environment?: Record<string, string>
  ports?: string[]
  volumes?: string[]
  profiles?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test: string[] }
  restart?: string
}

const run = promisify(execFile)
const text = readRoot('docker-compose.yml')
const file: { services: Record<string, Service>; volumes: object } = parse(text, { merge: true })
const services = Object.entries(file.services)
const ofServer = services.filter(([, { command = [] }]) => command[0] && command[0] in roles)
const { api, worker, database, secret } = file.services
const queryNode = file.services['query-node']
const inDevelopment = services.filter(([, { profiles }]) => profiles?.includes('dev')).map(([name]) => name)

test('there is a database, the API and a worker; for development a query node and a mail catcher', () => {
  const names = services.map(([name]) => name)
  expect(names.filter((name) => !inDevelopment.includes(name)).sort()).toEqual(['api', 'database', 'secret', 'worker'])
  expect(inDevelopment.sort()).toEqual(['mail', 'query-node'])
  expect(ofServer.map(([name, { command }]) => [name, ...(command ?? [])])).toEqual([
    ['api', 'api'],
    ['worker', 'worker'],
  ])
})

test('what it sets are variables that exist, and it asks for none that .env.example does not have', () => {
  const example = readRoot('.env.example')
  for (const [name, service] of ofServer) {
    for (const variable of Object.keys(service.environment ?? {}))
      expect(environment.shape, name).toHaveProperty(variable)
  }
  for (const [, variable] of text.matchAll(/\$\{?(\w+)/g)) expect(example).toMatch(new RegExp(`^# ${variable}=`, 'm'))
  // An optional field may be absent.
  for (const [all] of text.matchAll(/\$\{[^}]*\}/g)) expect(all).toMatch(/^\$\{\w+:-[^}]+\}$/)
})

test('each image of ours is built by one service, and no service looks for it elsewhere', () => {
  const built = services.flatMap(([, { build, image }]) => (build ? [image] : []))
  expect(built).toHaveLength(new Set(built).size)
  const ours = services.filter(([, { image }]) => built.includes(image))
  expect(ours.map(([name, { pull_policy }]) => [name, pull_policy])).toEqual([
    ['api', 'never'],
    ['worker', 'never'],
    ['query-node', 'never'],
  ])
  const sharing = ours.filter(([, { build }]) => !build)
  expect(sharing.map(([name]) => name)).toEqual(['worker'])
  // So that the user who builds exists whenever they start.
  for (const [, { depends_on = {}, image }] of sharing) {
    expect(Object.keys(depends_on).map((name) => file.services[name]?.build && file.services[name].image)).toContain(
      image,
    )
  }
})

test('with what it sets and a secret, production starts', () => {
  for (const [, service] of ofServer) {
    const config = parseConfig({ ...settings(service), APP_SECRET_KEY: 'made on the first start' })
    expect(config.production).toBe(true)
  }
})

test('the server finds its database', () => {
  const url = new URL(settings(api).DATABASE_URL ?? '')
  expect(file.services[url.hostname]).toBe(database)
  expect(published(database)).toEqual([`127.0.0.1:${url.port}:5432`])
  expect(url.port).toBe('5432')
  const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = database?.environment ?? {}
  expect([url.username, url.password, url.pathname.slice(1)]).toEqual([POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB])
  expect(worker?.environment).toEqual(api?.environment)
})

test('all but the API can be reached from this machine only', () => {
  expect(published(api)).toEqual([`\${PORT:-3000}:${api?.environment?.PORT}`])
  for (const [, service] of services.filter(([name]) => name !== 'api')) {
    for (const port of published(service)) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  }
})

test('each waits for what it needs: the database, the secret, the migrations', () => {
  expect(api?.depends_on).toEqual({
    database: { condition: 'service_healthy' },
    secret: { condition: 'service_completed_successfully' },
  })
  expect(worker?.depends_on).toEqual({ api: { condition: 'service_healthy' } })
  expect(database?.healthcheck).toBeDefined()
})

test('all that keep running are started again, and keep their data in volumes that are declared', () => {
  for (const [name, { restart }] of services)
    expect(restart, name).toBe(name === 'secret' ? undefined : 'unless-stopped')
  const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]))
  expect([...new Set(used)].sort()).toEqual(Object.keys(file.volumes).sort())
})

test('a secret is made once, where the server looks for it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secret-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [mount] = secret?.volumes ?? []
  expect(api?.volumes).toEqual([`${mount}:ro`])
  const [, path = ''] = mount?.split(':') ?? []
  const [shell = '', ...args] = (secret?.entrypoint ?? []).map((word) => word.replaceAll(path, folder))
  const key = () => {
    execFileSync(shell, args)
    return readFileSync((api?.environment?.APP_SECRET_KEY_FILE ?? '').replace(path, folder), 'utf8')
  }
  const first = key()
  expect(Buffer.from(first, 'base64')).toHaveLength(32)
  expect(key()).toBe(first)
})

test('what .env is told to have for development leads to the services of that profile', () => {
  const lines = [...text.matchAll(/^# {3}(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value] as const)
  const { queryNodeEndpoint, emailProviders } = parseConfig(Object.fromEntries(lines))
  const addresses = [
    queryNodeEndpoint,
    ...emailProviders.map((provider) => (provider.name === 'smtp' ? provider.url : '')),
  ].map((url) => new URL(url))
  expect(addresses.map(({ hostname }) => hostname).sort()).toEqual(inDevelopment.sort())
  expect(published(queryNode)).toEqual([`127.0.0.1:${addresses[0]?.port}:${addresses[0]?.port}`])
  const program = queryNode?.command?.[1] ?? ''
  expect(readRoot(program)).toContain(`byDefault: '${addresses[0]?.port}'`)
  expect(readStages().map(({ name }) => name)).toContain(queryNode?.build?.target)
})

test('the query node is healthy while it answers', async () => {
  const node = await startQueryNode(createChain())
  const [, name, ...args] = queryNode?.healthcheck?.test ?? []
  expect(name).toBe('node')
  const ask = () => {
    const [address = ''] = /http:\/\/127\.0\.0\.1:\d+\/graphql/.exec(args.join(' ')) ?? []
    return run(
      process.execPath,
      args.map((word) => word.replace(address, node.url)),
    )
  }
  await ask()
  node.faults.down = true
  await expect(ask()).rejects.toThrow()
  await node.close()
  await expect(ask()).rejects.toThrow()
})

describe('docker-compose', () => {
  const program = [['docker-compose'], ['docker', 'compose']].find(
    ([name = '', ...args]) => spawnSync(name, [...args, 'version']).status === 0,
  )
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'compose-'))
    for (const name of ['docker-compose.yml', 'Dockerfile']) copyFileSync(join(ROOT, name), join(folder, name))
    copyFileSync(join(ROOT, '.env.example'), join(folder, '.env'))
    return () => rmSync(folder, { recursive: true })
  })

  function config(...options: string[]): string {
    const [name = '', ...args] = program ?? []
    const env = { PATH: process.env.PATH, HOME: process.env.HOME }
    return execFileSync(name, [...args, ...options], { cwd: folder, env, encoding: 'utf8' })
  }

  test.runIf(program)(
    `takes the file as it is, after cp .env.example .env${program ? '' : ': not installed here'}`,
    () => {
      expect(parse(config('config')).services.worker).toMatchObject({ command: ['worker'], read_only: true })
      expect(config('--profile', 'dev', 'config', '--services').trim().split('\n').sort()).toEqual(
        services.map(([service]) => service).sort(),
      )
    },
  )

  test.runIf(program)('a database that .env names is used instead of its own', () => {
    const elsewhere = 'postgresql://someone:secret@db.example.org:5432/name'
    const url = () => parse(config('config')).services.worker.environment.DATABASE_URL
    expect(url()).toBe(settings(worker).DATABASE_URL)
    appendFileSync(join(folder, '.env'), `\nDATABASE_URL=${elsewhere}\n`)
    expect(url()).toBe(elsewhere)
  })

  test.runIf(program)('with the port that the guide says, only this machine reaches the API', () => {
    const [line = ''] = /PORT=127[^`]+/.exec(readRoot('docs/operations.md')) ?? []
    const ports = () => JSON.stringify(parse(config('config')).services.api.ports)
    expect(ports()).not.toContain('127.0.0.1')
    appendFileSync(join(folder, '.env'), `\n${line}\n`)
    expect(ports()).toMatch(/127\.0\.0\.1.*3000/)
    expect(parse(config('config')).services.api.environment.PORT).toBe('3000')
  })
})

/** The values that apply if .env does not set them. */
const settings = (service: Service | undefined) =>
  Object.fromEntries(
    Object.entries(service?.environment ?? {}).map(([name, value]) => [name, value.replace(/^\$\{\w+:-(.*)\}$/, '$1')]),
  )

function published(service: Service | undefined): string[] {
  return service?.ports ?? []
}

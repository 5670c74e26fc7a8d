import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { roles } from '../../scripts/roles.ts'
import { parseConfig } from '../../src/config/config.ts'
import { environment } from '../../src/config/environment.ts'
import { ROOT, readRoot } from './dockerfile.ts'

type Variable = {
  key: string
  value?: string | number
  sync?: false
  generateValue?: true
  fromDatabase?: { name: string; property: string }
  fromService?: { type: string; name: string; envVarKey: string }
}
type Service = { type: string; name: string; startCommand: string; buildCommand: string; envVars: Variable[] }
type Blueprint = { databases: { name: string }[]; services: (Service & Record<string, unknown>)[] }

const text = readRoot('render.yaml')
const manifest = JSON.parse(readRoot('package.json'))

/** With the commented lines in place of the four that follow them. */
const alternative = text.replace(/ {2}# - type: worker\n(?: {2}# {3}.*\n)+(?:.*\n){4}/, (lines) =>
  lines
    .split('\n')
    .filter((line) => line.startsWith('  # '))
    .map((line) => `${line.replace('# ', '')}\n`)
    .join(''),
)

describe.each([
  ['the cron job', parse(text) as Blueprint, 'cron', 'yarn notify'],
  ['the worker', parse(alternative) as Blueprint, 'worker', './run node packages/server/scripts/start.ts worker'],
])('with %s', (_, blueprint, type, startCommand) => {
  const [web, notifier] = blueprint.services

  test('there is a database, the API, and what notifies', () => {
    expect(blueprint.databases).toHaveLength(1)
    expect(blueprint.services.map((service) => service.type)).toEqual(['web', type])
    expect(notifier?.startCommand).toBe(startCommand)
    expect(notifier?.schedule).toBe(type === 'cron' ? '*/10 * * * *' : undefined)
  })

  // Render rejects unknown keys: https://render.com/docs/blueprint-spec
  test('it has the fields that Render knows', () => {
    const known = [
      'type',
      'name',
      'runtime',
      'plan',
      'buildCommand',
      'startCommand',
      'schedule',
      'healthCheckPath',
      'envVars',
    ]
    for (const service of blueprint.services) {
      expect(known).toEqual(expect.arrayContaining(Object.keys(service)))
      expect(service).toMatchObject({ runtime: 'node', plan: 'starter' })
    }
    expect(web?.healthCheckPath).toBe('/healthz')
    expect(readRoot('packages/server/src/api/server.ts')).toContain("'/healthz'")
  })

  test('its commands exist', () => {
    for (const { startCommand, buildCommand } of blueprint.services) {
      // npm sees NODE_ENV=production too, and would leave out the packages that generate code.
      expect(buildCommand).toBe('npm ci --include=dev')
      const [, script, file, role] = /^yarn (\S+)$|^\.\/run node (\S+) (\S+)$/.exec(startCommand) ?? []
      if (script) expect(manifest.scripts).toHaveProperty(script)
      else expect(existsSync(join(ROOT, file ?? ''))).toBe(true)
      if (role) expect(roles).toHaveProperty(role)
    }
  })

  test('its variables exist, and with them production starts', () => {
    for (const { envVars } of blueprint.services) {
      const env: Record<string, string> = {}
      for (const { key, ...source } of envVars) {
        if (key === 'NODE_VERSION') expect(source).toEqual({ value: manifest.devDependencies.node })
        else
          env[key] =
            source.value === undefined ? String(environment.shape[key as 'PORT']?.meta()?.example) : `${source.value}`
        if (key !== 'NODE_VERSION') expect(environment.shape).toHaveProperty(key)
      }
      expect(parseConfig({ ...env, APP_SECRET_KEY: 'generated' })).toMatchObject({
        production: true,
        emailProviders: [{ name: 'sendgrid' }],
      })
    }
  })

  test('what it asks for, it asks for once, and both have it', () => {
    const asked = web?.envVars.filter(({ sync }) => sync === false).map(({ key }) => key)
    expect(asked?.sort()).toEqual(
      'EMAIL_SENDER INITIAL_MEMBERSHIPS PIONEER_URL QUERY_NODE_ENDPOINT SENDGRID_API_KEY STARTING_BLOCK'.split(' '),
    )
    const generated = web?.envVars.filter(({ generateValue }) => generateValue).map(({ key }) => key)
    expect(generated).toEqual(['APP_SECRET_KEY'])
    const shared = notifier?.envVars.flatMap(({ key, fromService }) => (fromService ? [[key, fromService]] : []))
    expect(shared?.map(([key]) => key).sort()).toEqual([...(asked ?? []), ...(generated ?? [])].sort())
    for (const [key, from] of shared ?? []) expect(from).toEqual({ type: 'web', name: web?.name, envVarKey: key })
    for (const { envVars } of blueprint.services) {
      expect(envVars.find(({ key }) => key === 'DATABASE_URL')?.fromDatabase).toEqual({
        name: blueprint.databases[0]?.name,
        property: 'connectionString',
      })
    }
  })
})

test('the button in the README leads to Render', () => {
  expect(readRoot('README.md')).toContain(
    '[![Deploy to Render](https://render.com/images/deploy-to-render-button.svg)](https://render.com/deploy)',
  )
})

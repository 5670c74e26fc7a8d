import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { roles } from '../../scripts/roles.ts'
import { environment } from '../../src/config/environment.ts'
import { reasons } from '../../src/outbox/reasons.ts'
import { ROOT, readRoot } from './dockerfile.ts'

const guide = readRoot('docs/operations.md')
const SOURCE = join(import.meta.dirname, '../../src')

/** The beginning of each warning and error: the text before its first variable part. */
function beginnings(): string[] {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('generated'),
  )
  return files.flatMap((file) => {
    const text = readFileSync(join(SOURCE, file), 'utf8')
    const calls = [...text.matchAll(/log\.(?:warn|error)\(([^'"`]*?)(['"`])((?:(?!\2)[\s\S])*)\2/g)]
    return calls.map(([, , , message = '']) => message)
  })
}

test('every warning and error that the log can have is explained', () => {
  const messages = beginnings()
  expect(messages.length).toBeGreaterThan(15)
  const unexplained = messages.filter((message) => {
    // A line that begins with a variable part is identified by the text after it.
    const parts = message.split(/\$\{.*?\}/).map(
      (part) =>
        part
          .replace(/^[^A-Za-z]+/, '')
          .split(/[:,.]/)[0]
          ?.trim() ?? '',
    )
    return !parts.some((part) => part.length > 3 && guide.includes(`\`${part}`))
  })
  expect(unexplained).toEqual([])
})

test('commands, variables, checks and files that the guide names exist', () => {
  const { scripts } = JSON.parse(readRoot('package.json'))
  const commands = [...guide.matchAll(/(?:npm run|yarn) ([\w:]+)/g)].map(([, name = '']) => name)
  expect(commands.filter((name) => !(name in scripts))).toEqual([])
  const variables = [...guide.matchAll(/(?<!-v )\b([A-Z]+(?:_[A-Z]+)+)\b/g)].map(([, name = '']) => name)
  expect(variables.length).toBeGreaterThan(10)
  expect([...new Set(variables)].filter((name) => !(name in environment.shape) && !(name in reasons))).toEqual([])

  const health = readFileSync(join(SOURCE, 'operations/health.ts'), 'utf8')
  const checks = [...health.matchAll(/(?:const name =|name:) '([\w ]+)'/g)].map(([, name = '']) => name)
  const table = [...guide.matchAll(/^\| `([\w ]+)` \|.*\|.*\|$/gm)].map(([, name = '']) => name)
  expect(new Set(table)).toEqual(new Set(checks))

  const metrics = readFileSync(join(SOURCE, 'operations/shared-metrics.ts'), 'utf8')
  for (const [, name] of guide.matchAll(/`notifications_(\w+)`/g)) expect(metrics).toContain(`${name}:`)
})

test('the line of the crontab works in the bare environment of cron', () => {
  const [, line = ''] = /^\*\/10 \* \* \* \* {2}(.+)$/m.exec(guide) ?? []
  const npm = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' })
  const command = line.replace('/srv/notifications', `'${ROOT}'`).replace('/usr/local/bin', dirname(npm))
  const env = { PATH: '/usr/bin:/bin', HOME: '/' }
  expect(execFileSync('sh', ['-c', `${command} -- --help`], { env, encoding: 'utf8' })).toContain(
    'Usage: npm run notify',
  )
})

test('the services and ports that it names are those of docker-compose.yml', () => {
  const compose = readRoot('docker-compose.yml')
  const commands = [...guide.matchAll(/docker compose (exec|run)((?: -\S+)*) ([\w-]+) (\S+)/g)]
  expect(commands.length).toBeGreaterThan(5)
  for (const [, verb, , service, argument] of commands) {
    expect(compose).toMatch(new RegExp(`^  ${service}:`, 'm'))
    if (verb === 'run') expect(Object.keys(roles)).toContain(argument)
  }
  expect(compose).toContain('127.0.0.1:5432:5432')
  expect(guide).toContain('postgresql://notifications:notifications@127.0.0.1:5432/notifications')
  expect(compose).toContain('127.0.0.1:8025:8025')
})

test('the guide explains every reason for not sending an email', () => {
  const explained = [...guide.matchAll(/^ {3}\| `([A-Z_]+)` \|/gm)].map(([, code]) => code)
  expect(explained.sort()).toEqual(Object.keys(reasons).sort())
})

import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { readRoot } from '../deployment/dockerfile.ts'
import { until } from '../support/until.ts'
import { copyCheckout } from './support/build-image.ts'

// `npm run test:image`, where a Docker engine answers: the operations guide's commands, verbatim.

const docker = (...args: string[]) => spawnSync('docker', args, { encoding: 'utf8', timeout: 10_000 })
/** Older versions cannot remove ports: see prepare. */
const isRecent = ([major = 0, minor = 0]: number[]) => major > 2 || (major === 2 && minor >= 24)
const engine =
  docker('version', '--format', '{{.Server.Version}}').status === 0 &&
  isRecent((docker('compose', 'version', '--short').stdout ?? '').replace('v', '').split('.').map(Number))
const FOREGROUND = 'docker compose --profile dev up'
const run = promisify(execFile)

test.runIf(engine)(
  `the guide's steps with Docker lead to a service that sends emails${engine ? '' : ': no engine with Compose 2.24 answers here'}`,
  { timeout: 900_000 },
  async () => {
    const commands = [...readRoot('docs/operations.md').matchAll(/docker compose [^`\n]+/g)].map(([command]) => command)
    expect(commands).toContain(FOREGROUND)
    expect(commands.length).toBeGreaterThan(4)
    const { shell, folder, environment, containers } = await prepare()

    const service = spawn('sh', ['-c', `exec ${FOREGROUND}`], { cwd: folder, env: environment, stdio: 'ignore' })
    const ended = once(service, 'exit')
    const watched = ['api', 'database', 'query-node', 'worker']
    await until(async () => {
      expect(service.exitCode, FOREGROUND).toBe(null)
      const states = (await containers()).map(({ Service, Health }) => `${Service} ${Health}`)
      expect(states.filter((state) => state.endsWith('unhealthy'))).toEqual([])
      return watched.every((name) => states.includes(`${name} healthy`))
    })
    const status = commands.find((command) => command.includes('status.ts')) ?? ''
    // A member is registered, the chain's history is read, and the mail catcher receives the emails.
    await until(async () => /^ok +emails +[1-9]\d* sent and 0 failed/m.test((await shell(status)).stdout))

    const sql = async (statement: string) => {
      const psql = ['compose', 'exec', '-T', 'database', 'psql', '-U', 'notifications', '-qtA', '-c', statement]
      return (await run('docker', psql, { cwd: folder, env: environment })).stdout
    }
    const said: Record<string, string> = {}
    for (const command of commands.filter((candidate) => candidate !== FOREGROUND)) {
      if (command.includes('pg_dump')) await sql(`UPDATE "Member" SET name = 'alice of the backup'`)
      if (command.includes('< backup.sql')) {
        await sql('CREATE TABLE newer (id int REFERENCES "Member"); DELETE FROM "Member"')
      }
      const { code, stdout, stderr } = await shell(command)
      expect([command, code, code ? stderr : '']).toEqual([command, 0, ''])
      said[command] = stdout
    }
    expect(said['docker compose ps']).toMatch(/api.*\(healthy\)/)
    expect(said[status]).toMatch(/^(ok .*\n)+$/)
    expect(await sql('SELECT name FROM "Member"')).toBe('alice of the backup\n')

    service.kill('SIGINT')
    await ended
    const stopped = (await containers('--all')).filter(({ Service }) => ['api', 'worker', 'database'].includes(Service))
    expect(stopped.map(({ Service, ExitCode }) => [Service, ExitCode]).sort()).toEqual([
      ['api', 0],
      ['database', 0],
      ['worker', 0],
    ])
  },
)

type Container = { Service: string; Health: string; ExitCode: number }

/** The checkout after `cp .env.example .env`, set up for the development profile, with names and ports of its own. */
async function prepare() {
  const folder = await mkdtemp(join(tmpdir(), 'compose-'))
  const name = basename(folder).toLowerCase()
  await copyCheckout(folder)
  await copyFile(join(folder, '.env.example'), join(folder, '.env'))
  const text = readRoot('docker-compose.yml')
  const settings = [...text.matchAll(/^# {3}(\w+=.*)$/gm)].map(([, line]) => line)
  await writeFile(join(folder, '.env'), `${await readFile(join(folder, '.env'), 'utf8')}\n${settings.join('\n')}\n`)

  const images: string[] = []
  const services: Record<string, object> = {}
  for (const [service, { image, ports, pull_policy }] of Object.entries<Record<string, string>>(
    parse(text, { merge: true }).services,
  )) {
    const built = pull_policy === 'never'
    if (built && image) images.push(`${name}-${image}`)
    services[service] = { ...(built && { image: `${name}-${image}` }), ...(ports && { ports: [] }) }
  }
  // Publishes no port, to avoid conflicts.
  const override = stringify({ services }).replaceAll('ports: []', 'ports: !override []')
  await writeFile(join(folder, 'override.yml'), override)

  // In Compose the environment overrides .env: the tester's own DATABASE_URL would be migrated and mailed from.
  const ours = Object.entries(process.env).filter(([variable]) => /^(PATH|HOME|DOCKER_.*)$/.test(variable))
  const environment = {
    ...Object.fromEntries(ours),
    COMPOSE_PROJECT_NAME: name,
    COMPOSE_FILE: 'docker-compose.yml:override.yml',
  }
  const shell = (command: string) =>
    run('sh', ['-c', command], { cwd: folder, env: environment, maxBuffer: 1e8 }).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      ({ code, stdout, stderr }) => ({ code: Number(code), stdout: String(stdout), stderr: String(stderr) }),
    )
  onTestFinished(async () => {
    await shell('docker compose --profile dev down --volumes --timeout 5')
    await shell(`docker image rm ${[...new Set(images)].join(' ')}`)
    await rm(folder, { recursive: true })
  }, 120_000)
  async function containers(...options: string[]): Promise<Container[]> {
    const { stdout } = await shell(`docker compose --profile dev ps --format json ${options.join(' ')}`)
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  }
  return { folder, environment, shell, containers }
}

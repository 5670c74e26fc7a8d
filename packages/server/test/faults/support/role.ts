import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { SECRET_KEY } from '../../support/secret.ts'
import { until } from '../../support/until.ts'

const SRC = join(import.meta.dirname, '../../../src')
const INSTRUMENTS = join(import.meta.dirname, 'instruments.ts')
const FILES = {
  notify: 'main/notify.ts',
  worker: 'main/worker.ts',
  all: 'main/all.ts',
  api: 'main/api.ts',
  migrate: '../scripts/migrate.ts',
  /** A container's default role: the API, after the migrations. */
  container: '../scripts/start.ts',
}

export type Role = keyof typeof FILES
export type Line = { level: number; msg: string; err?: object; kb?: number }

export type Options = {
  /** The limit of open files. */
  files?: number
  /** Megabytes of heap. By default Node.js derives it from the machine's memory: 259 on a machine with 512 MB. */
  heap?: number
}

/** A process of this service, started as an operator would, until the end of the test. */
export function start(role: Role, env: Record<string, string>, { files, heap }: Options = {}) {
  const script = join(SRC, FILES[role])
  const command = files ? ['sh', '-c', `ulimit -n ${files}; exec "$0" "$@"`, process.execPath] : [process.execPath]
  const flags = heap ? [`--max-heap-size=${heap}`] : []
  const [file = '', ...args] = [...command, ...flags, '--import', INSTRUMENTS, script]
  const child: ChildProcess = spawn(file, args, {
    env: {
      PATH: process.env.PATH,
      APP_SECRET_KEY: SECRET_KEY,
      EMAIL_SENDER: 'Pioneer <notifications@example.org>',
      PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const exit = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exit
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk
  })
  const lines = () =>
    stderr.split('\n').flatMap((line): Line[] => {
      try {
        return [JSON.parse(line)]
      } catch {
        return []
      }
    })
  return {
    child,
    exit,
    /** Its whole log. */
    stderr: () => stderr,
    lines,
    messages: () => lines().map(({ msg }) => msg),
    /** Its warnings and errors. */
    problems: () =>
      lines()
        .filter(({ level }) => level >= 40)
        .map(({ msg }) => msg),
    says: (pattern: RegExp) => until(() => pattern.test(stderr)),
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    running: () => child.exitCode === null && child.signalCode === null,
    /** Shifts its clock by this many milliseconds. */
    setClock: (by: number) => void child.send({ by }),
    /** Where its API answers. */
    async url(): Promise<string> {
      const found = () => /The API answers at http:\/\/localhost:(\d+)/.exec(stderr)?.[1]
      await until(() => found() !== undefined)
      return `http://127.0.0.1:${found()}`
    },
  }
}

export type Process = ReturnType<typeof start>

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { until } from '../../support/until.ts'

const SRC = join(import.meta.dirname, '../../../src')
const INSTRUMENTS = join(import.meta.dirname, 'instruments.ts')
const FILES = {
  notify: 'main/notify.ts',
  worker: 'main/worker.ts',
  all: 'main/all.ts',
  api: 'main/api.ts',
  migrate: '../scripts/migrate.ts',
  /** What a container runs when it is not told otherwise: the API, on a database that it has brought up to date. */
  container: '../scripts/start.ts',
}

export type Role = keyof typeof FILES
export type Line = { level: number; msg: string; err?: object; kb?: number }

export type Options = {
  /** How many files it may have open. */
  files?: number
  /** Megabytes of JavaScript's heap. Node.js sets that by the machine's memory: 259 where it has 512 MB. */
  heap?: number
}

/** A process of this service as an operator starts it, until the end of the test. */
export function start(role: Role, env: Record<string, string>, { files, heap }: Options = {}) {
  const script = join(SRC, FILES[role])
  const command = files ? ['sh', '-c', `ulimit -n ${files}; exec "$0" "$@"`, process.execPath] : [process.execPath]
  const flags = heap ? [`--max-heap-size=${heap}`] : []
  const [file = '', ...args] = [...command, ...flags, '--import', INSTRUMENTS, script]
  const child: ChildProcess = spawn(file, args, {
    env: { PATH: process.env.PATH, EMAIL_SENDER: 'Pioneer <notifications@example.org>', PORT: '0', ...env },
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
    /** All that it said. */
    stderr: () => stderr,
    lines,
    messages: () => lines().map(({ msg }) => msg),
    /** What it said that an operator should see. */
    problems: () =>
      lines()
        .filter(({ level }) => level >= 40)
        .map(({ msg }) => msg),
    says: (pattern: RegExp) => until(() => pattern.test(stderr)),
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    running: () => child.exitCode === null && child.signalCode === null,
    /** Its clock goes so many milliseconds ahead, or back. */
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

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SECRET_KEY } from './secret.ts'

const SERVER = join(import.meta.dirname, '../..')

/** Runs a script as an operator would, on a database: its exit code and its whole output. */
export const runScript = (script: string, args: string[], databaseUrl: string, env: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, [join(SERVER, 'scripts', script), ...args], {
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl, APP_SECRET_KEY: SECRET_KEY, ...env },
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { readArguments } from '../src/main/arguments.ts'
import { type CommandName, usageOf, usages } from '../src/main/usages.ts'

// Runs a program and restarts it when the code changes. Arguments are checked here: after `--help`, `node --watch` would
// wait for a change.
const FOLDERS = ['../src', '../scripts'].map((folder) => join(import.meta.dirname, folder))

const [name = '', program = '', ...args] = process.argv.slice(2)
if (!Object.hasOwn(usages, name)) throw new Error(`There is no command ${name}`)
readArguments(usageOf(name as CommandName), args)
const watch = ['--watch', ...FOLDERS.map((folder) => `--watch-path=${folder}`)]
const child = spawn(process.execPath, [...watch, join(import.meta.dirname, program), ...args], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})

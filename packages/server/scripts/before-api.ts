import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { readArguments } from '../src/main/arguments.ts'
import { readConfiguration } from './configuration.ts'

// A container's first step. A wrong argument or configuration ends it before the database is changed.
readArguments({ command: 'start.ts api', summary: 'Brings the database up to date, then serves the API' })
readConfiguration()

// In a process of its own, because the API would keep the 60 MB that Prisma's engines take.
const preparing = spawn(process.execPath, [join(import.meta.dirname, 'prepare-container.ts')], { stdio: 'inherit' })
const end = () => preparing.kill()
process.once('exit', end)
const [exitCode, signal] = await once(preparing, 'exit')
process.off('exit', end)
if (signal) console.error(`Preparing the database was ended by ${signal}. What was not finished is undone: start again`)
if (exitCode !== 0) process.exitCode = exitCode ?? 1

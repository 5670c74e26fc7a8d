import { constants } from 'node:os'
import { defaultRole, roles } from './roles.ts'

// `start.ts [role] [arguments of its program]`: what a container runs. It has no child processes, so that signals reach
// the program itself.

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The first process of a container is not ended by a signal that it does not listen to. A program that is still being
  // loaded, or has no reason to listen, is ended here.
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal])
  })
}

const EX_USAGE = 64
const [name = defaultRole] = process.argv.splice(2, 1)
if (name === '--help') {
  console.log(
    `Usage: start.ts [role] [arguments of the role]\n\nRoles: ${Object.keys(roles).join(', ')}; ${defaultRole} without one.`,
  )
  process.exit(0)
}
const role = Object.hasOwn(roles, name) ? roles[name] : undefined
if (!role) {
  console.error(`There is no role "${name}": it is one of ${Object.keys(roles).join(', ')}.`)
  process.exitCode = EX_USAGE
}
for (const program of role?.programs ?? []) {
  if (!process.exitCode) await import(program)
}

import { constants } from 'node:os'
import { defaultRole, roles } from './roles.ts'

// `start.ts [role] [arguments of its program]`: a container's entry point. Programs run in its own process, so signals reach
// them.

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // A signal without a handler does not end a container's first process. This covers programs that are still loading and
  // those without a handler of their own.
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

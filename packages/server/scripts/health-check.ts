import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { loadConfig } from '../src/config/config.ts'
import { defaultRole, roles } from './roles.ts'

// The image's HEALTHCHECK: whether the API answers. A role that serves nothing is healthy while it runs.
const command = readFileSync('/proc/1/cmdline', 'utf8').split('\0')
const name = command[command.findIndex((word) => basename(word) === 'start.ts') + 1] || defaultRole
if (roles[name]?.serves) {
  const { host = '127.0.0.1', port } = loadConfig()
  const { ok } = await fetch(`http://${host}:${port}/healthz`).catch(() => ({ ok: false }))
  process.exitCode = ok ? 0 : 1
}

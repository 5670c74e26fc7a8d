import { readFileSync, writeSync } from 'node:fs'

// Loaded before a role's own code: its system clock can be set from outside. Timers go on, as those of a machine do.
let by = 0
const RealDate = Date
globalThis.Date = class extends RealDate {
  constructor(...args: ConstructorParameters<typeof Date>) {
    super(...((args.length ? args : [RealDate.now() + by]) as [number]))
  }
  static override now() {
    return RealDate.now() + by
  }
} as DateConstructor
process.on('message', (message: { by: number }) => {
  by += message.by
})
process.channel?.unref()

// How much memory it has used at most. On Linux `maxRSS` begins with that of the process that started this one.
process.on('exit', () => {
  const kb =
    process.platform === 'linux'
      ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
      : process.resourceUsage().maxRSS
  writeSync(2, `${JSON.stringify({ level: 10, msg: 'peak memory', kb })}\n`)
})

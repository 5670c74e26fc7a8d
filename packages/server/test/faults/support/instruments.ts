import { readFileSync, writeSync } from 'node:fs'

// Loaded before a role's own code, so that tests can set its system clock. Timers are unaffected, as on a real machine.
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

// SendGrid has one address for everybody: a stand-in gets what is meant for it.
const { SENDGRID_STAND_IN } = process.env
if (SENDGRID_STAND_IN) {
  const realFetch = globalThis.fetch
  globalThis.fetch = (input, init) =>
    realFetch(String(input).replace(/^https:\/\/api\.sendgrid\.com/, SENDGRID_STAND_IN), init)
}

// Its peak memory. On Linux, `maxRSS` starts at that of the parent process.
process.on('exit', () => {
  const kb =
    process.platform === 'linux'
      ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
      : process.resourceUsage().maxRSS
  writeSync(2, `${JSON.stringify({ level: 10, msg: 'peak memory', kb })}\n`)
})

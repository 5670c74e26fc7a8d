import { pino } from 'pino'

export type Logger = pino.Logger

/** One JSON line an entry; on a terminal, and outside production, a readable one. */
export function createLogger({ logLevel, production }: { logLevel: string; production: boolean }): Logger {
  const pretty = !production && process.stderr.isTTY
  const options = logOptions(logLevel)
  if (!pretty) return pino(options, pino.destination({ dest: 2, sync: true }))
  return pino({
    ...options,
    transport: { target: 'pino-pretty', options: { destination: 2, translateTime: 'SYS:HH:MM:ss', sync: true } },
  })
}

/** What every log of this service has in common: nothing in it that is a member's own. */
export const logOptions = (level: string) => ({
  level,
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  serializers: { err: describe },
  hooks: { streamWrite: withoutSecrets },
})

/** The reason in one line: what Prisma says before its last line quotes what it was asked. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.trim().split('\n').at(-1) ?? ''
}

/** Of an error what helps to find it. PostgreSQL's details quote rows, with all that a member wrote in them. */
function describe(error: unknown) {
  if (!(error instanceof Error)) return { message: messageOf(error) }
  // GraphQL wraps what was thrown.
  const thrown = 'originalError' in error && error.originalError instanceof Error ? error.originalError : error
  const { name, stack = '' } = thrown
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  return { type: name, code: Reflect.get(thrown, 'code'), message: messageOf(thrown), stack: frames.join('\n') }
}

/** Email addresses, tokens and signatures: a provider's refusal, for one, quotes the address that it refuses. */
const SECRETS = /[\p{L}\p{N}.!#$%&*+^_{|}~-]+@[\p{L}\p{N}.-]+|eyJ[\w-]+\.[\w-]+\.[\w-]*|0x[\da-f]{128,}/giu

/** A text of somebody else without what is a member's own, for readers of the log or of `/readyz`. */
export const hideSecrets = (text: string): string => text.replace(SECRETS, '[not logged]')

function withoutSecrets(line: string): string {
  if (!/@|eyJ|0x/.test(line)) return line
  const clean = (_key: string, part: unknown) => (typeof part === 'string' ? hideSecrets(part) : part)
  return `${JSON.stringify(JSON.parse(line), clean)}\n`
}

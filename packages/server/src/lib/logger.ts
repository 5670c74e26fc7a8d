import { pino } from 'pino'
import { cut } from './cut.ts'

export type Logger = pino.Logger

/** Writes one JSON line per entry; on a terminal outside production, a readable one. */
export function createLogger({ logLevel, production }: { logLevel: string; production: boolean }): Logger {
  const pretty = !production && process.stderr.isTTY
  const options = logOptions(logLevel)
  if (!pretty) return pino(options, pino.destination({ dest: 2, sync: true }))
  return pino({
    ...options,
    transport: { target: 'pino-pretty', options: { destination: 2, translateTime: 'SYS:HH:MM:ss', sync: true } },
  })
}

/** Options of every log of this service: no log contains personal data. */
export const logOptions = (level: string) => ({
  level,
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  serializers: { err: describe },
  hooks: { streamWrite: withoutSecrets },
})

/** Characters of one text in the log. */
const MOST_LOGGED = 4_000
/** Characters of one message: a server's refusal can be any page. */
const LONGEST_MESSAGE = 1_000

/** The reason in one line. Only the last line of Prisma's messages: the others quote the query. */
export function messageOf(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).trim()
  return cut(message.slice(message.lastIndexOf('\n') + 1), LONGEST_MESSAGE)
}

/** The parts of an error that help to find it. PostgreSQL's details quote rows, and so texts of members. */
function describe(error: unknown) {
  if (!(error instanceof Error)) return { message: messageOf(error) }
  // GraphQL wraps what was thrown.
  const thrown = 'originalError' in error && error.originalError instanceof Error ? error.originalError : error
  const { name, stack = '' } = thrown
  // The message comes first in a stack, and can be long.
  const frames = stack
    .slice(-MOST_LOGGED)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
  return { type: name, code: Reflect.get(thrown, 'code'), message: messageOf(thrown), stack: frames.join('\n') }
}

const LETTER = '\\p{L}\\p{M}\\p{N}\\p{So}\u200c\u200d。.!#$%&*+^_`{|}~-'
/**
 * Email addresses, tokens and signatures. A provider's refusal, for example, quotes the address. An address is matched
 * from the beginning of its word only: a search from each of its letters would take the square of its length.
 */
const SECRETS = new RegExp(
  `(?<![${LETTER}])[${LETTER}]+(?:@[${LETTER}]+)+|eyJ[\\w-]+\\.[\\w-]+\\.[\\w-]*|0x[\\da-f]{128,}`,
  'giu',
)

/** Cuts a foreign text and removes personal data from it, for the log and for `/readyz`. */
export const hideSecrets = (text: string): string => cut(text, MOST_LOGGED).replace(SECRETS, '[not logged]')

function withoutSecrets(line: string): string {
  if (line.length <= MOST_LOGGED && !/@|eyJ|0x/.test(line)) return line
  const clean = (_key: string, part: unknown) => (typeof part === 'string' ? hideSecrets(part) : part)
  return `${JSON.stringify(JSON.parse(line), clean)}\n`
}

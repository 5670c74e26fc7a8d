import { pino } from 'pino'
import type { Config } from './config.ts'

export type Logger = pino.Logger

/** One JSON line an entry; on a terminal, and outside production, a readable one. */
export function createLogger({ logLevel, production }: Pick<Config, 'logLevel' | 'production'>): Logger {
  const pretty = !production && process.stderr.isTTY
  const options = { level: logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  if (!pretty) return pino(options, pino.destination({ dest: 2, sync: true }))
  return pino({
    ...options,
    transport: { target: 'pino-pretty', options: { destination: 2, translateTime: 'SYS:HH:MM:ss', sync: true } },
  })
}

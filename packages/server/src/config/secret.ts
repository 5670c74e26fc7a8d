import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { readSmallFile } from './files.ts'

/** Prints a secret that nobody can guess. */
const BETTER_SECRET = 'openssl rand -hex 32'
/** HS256 has a key of 256 bits: 32 characters at least, if they were random bytes. */
const SHORTEST_SECRET = 32
const MOST_SECRET_BYTES = 10_000

/** To the end of "APP_SECRET_KEY is missing". @param when it is needed */
export const secretIsNeeded = (when: string) =>
  `APP_SECRET_KEY is missing: it is needed ${when}, for example the output of \`${BETTER_SECRET}\``

/**
 * @param advice where to get a better one
 * @returns what is wrong with a secret: as a mistake, as a warning, or nothing
 */
export function judgeSecret(
  name: string,
  secret: string,
  examples: readonly string[],
  advice = `make one with \`${BETTER_SECRET}\``,
): { mistake?: string; warning?: string } {
  if (examples.includes(secret)) return { mistake: `${name} is a public example: ${advice}` }
  if (new Set(secret).size === 1) return { mistake: `${name} is a single character: ${advice}` }
  if (secret.length >= SHORTEST_SECRET) return {}
  const short = `${name} has fewer than ${SHORTEST_SECRET} characters`
  return name.startsWith('APP_SECRET_KEY')
    ? {
        warning: `${short}, so tokens can be forged by guessing it: ${advice}. APP_SECRET_KEY_PREVIOUS keeps the tokens valid`,
      }
    : { warning: `${short}, so it can be guessed: ${advice}` }
}

/** @throws Error when the file cannot be read, or has no secret in it */
export function secretInFile(file: string): string {
  const secret = readSmallFile(file, MOST_SECRET_BYTES).toString('utf8').trim()
  if (!secret) throw new Error('it is empty')
  return secret
}

/**
 * The secret of an installation that has none, for this machine alone: made once, at random.
 * @param file where it is kept
 * @throws Error when it cannot be kept, or is not as it was made
 */
export function madeUpSecret(file: string): string {
  try {
    return keptIn(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  mkdirSync(dirname(file), { recursive: true })
  const draft = `${file}-${process.pid}-${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
  try {
    // Of several processes that start at once, one makes the secret. None reads half of it.
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return keptIn(file)
}

/** A part of a secret can be guessed. */
function keptIn(file: string): string {
  const secret = readSmallFile(file, MOST_SECRET_BYTES).toString('utf8').trim()
  if (/^[\da-f]{64}$/.test(secret)) return secret
  throw new Error('the file `secret` there is damaged. Delete it, and a new secret is made; all tokens then end')
}

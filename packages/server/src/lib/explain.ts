import { ClearError } from './errors.ts'
import { messageOf } from './logger.ts'

/**
 * Known failures around this service, and what an operator can do about each. The pattern matches an error's code and
 * message: PostgreSQL, its driver, Prisma and Node.js word the same failure differently.
 */
const SITUATIONS: [RegExp, string][] = [
  [
    /\b55P03\b|lock timeout/,
    'Another session has locked a table of the database, such as a migration, a backup or a forgotten transaction: this continues when it ends',
  ],
  [
    /\b57014\b|statement timeout/,
    'The database took too long for a statement: it is overloaded, or out of memory or disk speed. This continues when it answers in time',
  ],
  [
    /\b25006\b|read-only transaction|during recovery/,
    'The database takes no changes: it is a read-only replica, or default_transaction_read_only is on. Nothing is lost, and this continues when it takes changes',
  ],
  [
    /\b42501\b|permission denied for/,
    'The role in DATABASE_URL lacks rights on a table of the database: grant them, or use the role that owns it',
  ],
  [
    /\b22P05\b|has no equivalent in encoding/,
    'The encoding of the database is not UTF8: run `npm run migrate`, which says what to do',
  ],
  [
    /time zone "[^"]*" not recognized/,
    'A member has a time zone that the database no longer knows, after an update of its system for example: set timeZone to UTC in that row of Member, or install the missing zones (the package tzdata-legacy of Debian and Ubuntu)',
  ],
  [
    /\b53300\b|P2037|too many clients|connection slots/,
    'The database has no connection left: raise its max_connections, or run fewer processes. This continues when there is one',
  ],
  [
    /\b53100\b|could not extend file|No space left/,
    "The database's disk is full: free some space, and this continues. Recorded data is safe",
  ],
  [
    /\b57P0[1-5]\b|terminating connection|database system is|Connection terminated|ECONNRESET|EPIPE|P1017|Server has closed/,
    'The database was stopped or restarted: nothing is lost, and this continues when it is back',
  ],
  [
    /ECONNREFUSED|connect ENOENT|connect EACCES|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|timeout e(xceeded|xpired)|Can't reach database server|P1001/,
    'The database cannot be reached: is it running, and is DATABASE_URL right? This continues when it is back',
  ],
  [
    /no pg_hba\.conf entry .*no encryption/,
    'The database takes encrypted connections only: use sslmode=require in DATABASE_URL',
  ],
  [
    /\b(28P01|28000|3D000)\b|password authentication failed|database .* does not exist/,
    'The database refuses the login: is DATABASE_URL right?',
  ],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_(VERIFY|GET_ISSUER)|self-signed certificate|unable to verify the first certificate|unable to get local issuer/,
    'The certificate of the database is of an authority that this machine does not know: name its file in DATABASE_URL with sslcert=<file>, or accept any certificate with sslaccept=accept_invalid_certs',
  ],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate's altnames/,
    'The certificate of the database is of another host: use the name in it in DATABASE_URL, or check the authority only with sslmode=verify-ca and sslrootcert=<file>',
  ],
  [
    /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|certificate has expired/,
    'The certificate of the database is not valid now: renew it, check the clock, or accept any certificate with sslaccept=accept_invalid_certs in DATABASE_URL',
  ],
  [
    /does not support SSL/,
    'The database does not encrypt connections: use sslmode=prefer or sslmode=disable in DATABASE_URL',
  ],
  [/EADDRINUSE/, 'The port is taken: stop the process that uses it, or set another PORT'],
  [/listen EACCES/, 'This process may not listen on that port: set a PORT above 1023, or give it the right to'],
  [
    /listen E(ADDRNOTAVAIL|INVAL|AFNOSUPPORT)/,
    'This machine does not have the address in PORT: name one of its own, or leave it out',
  ],
  [/EMFILE|ENFILE/, 'No more files can be opened: raise the limit of this process (ulimit -n)'],
  [/ENOSPC/, "This machine's disk is full: free some space, and this continues"],
]

type Explanation = {
  message: string
  /** The message is enough: no stack is needed. */
  known: boolean
  /** For everyone to read: no names of hosts or users. */
  advice: string
}

export function explain(error: unknown): Explanation {
  const message = messageOf(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (error instanceof ClearError) return { message, known: true, advice: error.advice }
  if (/\b(42P01|42703|P2021|P2022)\b|(table|column|relation) .* does not exist/i.test(`${code} ${message}`)) {
    const advice = 'The database is not up to date: run `npm run migrate` first'
    return { message: advice, known: true, advice }
  }
  const [, says] = SITUATIONS.find(([pattern]) => pattern.test(`${code} ${message}`)) ?? []
  // A failed attempt at several addresses has a code and no message.
  if (says) return { message: `${says} (${message || code})`, known: true, advice: says }
  return { message, known: false, advice: 'Unexpected error: see the log' }
}

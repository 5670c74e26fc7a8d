import { expect, test } from 'vitest'
import { parseAddress } from '../../src/lib/email-address.ts'
import { explain } from '../../src/lib/explain.ts'
import { hideSecrets, messageOf } from '../../src/lib/logger.ts'

const coded = (message: string, code: string) => Object.assign(new Error(message), { code })
const prisma = (message: string, code = 'P2010') =>
  coded(`\nInvalid \`prisma.$queryRaw()\` invocation:\n\n\n${message}`, code)

const errors: [Error, RegExp][] = [
  [coded('terminating connection due to administrator command', '57P01'), /^The database was stopped or restarted/],
  [prisma('Raw query failed. Code: `57P03`. Message: `x`'), /^The database was stopped or restarted/],
  [new Error('Connection terminated unexpectedly'), /^The database was stopped or restarted/],
  [coded('connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED'), /^The database cannot be reached.* 127.0.0.1:5432\)$/],
  [prisma("Can't reach database server at 127.0.0.1:5432", 'P1001'), /^The database cannot be reached/],
  // Several addresses were tried: no message, only a code.
  [
    Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }),
    /^The database cannot be reached.*\(ECONNREFUSED\)$/,
  ],
  [coded('remaining connection slots are reserved', '53300'), /^The database has no connection left/],
  [prisma('Too many database connections opened: sorry', 'P2037'), /^The database has no connection left/],
  [coded('could not extend file "base/5/1": No space left on device', '53100'), /^The database's disk is full/],
  [coded('ENOSPC: no space left on device, write', 'ENOSPC'), /^This machine's disk is full/],
  [coded('EMFILE: too many open files, open', 'EMFILE'), /^No more files can be opened/],
  [coded('password authentication failed for user "x"', '28P01'), /^The database refuses the login/],
  [coded('canceling statement due to lock timeout', '55P03'), /^Another session has locked a table/],
  [coded('Abbruch wegen Zeitüberschreitung', '57014'), /^The database took too long/],
  [coded('cannot execute UPDATE in a read-only transaction', '25006'), /^The database takes no changes/],
  [coded('time zone "Asia/Calcutta" not recognized', '22023'), /^A member has a time zone that the database no longer/],
  [coded('character with byte sequence 0xf0 has no equivalent', '22P05'), /^The encoding of the database is not UTF8/],
  [coded('Relation »Email« existiert nicht', '42P01'), /^The database is not up to date/],
  [coded('relation "Email" does not exist', '42P01'), /^The database is not up to date: run `npm run migrate` first$/],
]

test.each(errors)('a known failure is explained in one sentence with advice: %s', (error, sentence) => {
  const { message, known } = explain(error)
  expect(known).toBe(true)
  expect(message).toMatch(sentence)
  expect(message).not.toContain('\n')
})

test('an unexpected error keeps its message and needs its stack', () => {
  expect(explain(new Error('undefined is not a function'))).toMatchObject({
    message: 'undefined is not a function',
    known: false,
  })
})

const ADDRESS = 'bob@example.org'
const JWT = `eyJ${'a'.repeat(300)}.${'b'.repeat(300)}.${'c'.repeat(300)}`
const SIGNATURE = `0x${'9'.repeat(128)}`

test.each([ADDRESS, JWT, SIGNATURE])('a secret at the cut of a long text is not shown in part: %s', (secret) => {
  for (let before = 2_900; before <= 4_100; before += 7) {
    const shown = hideSecrets(`${'x '.repeat(before / 2)}${secret}${' y'.repeat(4_000)}`)
    expect(shown).toMatch(/^[x ]+(\[not logged\])?[y ]*…$/)
  }
})

test('addresses are hidden in all their forms, alone, in brackets, in chains and without a space', () => {
  const text = `<${ADDRESS}>, mailto:${ADDRESS}; "ä.ö+x@exämple.org" a@b!c@d ?token=${JWT}&x=1 (${SIGNATURE})`
  expect(hideSecrets(text)).toBe(
    '<[not logged]>, mailto:[not logged]; "[not logged]" [not logged] ?token=[not logged]&x=1 ([not logged])',
  )
})

test.each([
  'a',
  'a ',
  'eyJ',
  'eyJa.',
  'eyJ.eyJ-',
  '0x',
  '@',
  'a@',
  'table ',
  'database ',
  'relation x ',
  'cannot represent ',
  '\n',
  '💬',
])('a text of 20 million characters is cut before it is searched: %j', (part) => {
  const text = part.repeat(20_000_000 / part.length)
  expect(hideSecrets(text).length).toBeLessThanOrEqual(4_001)
  expect(messageOf(new Error(text)).length).toBeLessThanOrEqual(1_001)
  expect(explain(new Error(text)).message.length).toBeLessThanOrEqual(1_200)
  expect(explain(text).message.length).toBeLessThanOrEqual(1_200)
})

test.each([' ', `a@${' '.repeat(1_000)}x`, '@', 'a.', 'a@b.'])(
  'a long text is no email address, whatever it repeats: %j',
  (part) => {
    expect(parseAddress(part.repeat(2_000_000 / part.length))).toBeUndefined()
    expect(parseAddress(`bob@example.org${part.repeat(2_000_000 / part.length)}x`)).toBeUndefined()
  },
)

test('spaces around an email address do not count', () => {
  expect(parseAddress(`${' '.repeat(50_000)}Bob@EXAMPLE.org\n${' '.repeat(50_000)}`)).toBe('Bob@example.org')
})

import { expect, test } from 'vitest'
import { explain } from '../../src/lib/explain.ts'

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

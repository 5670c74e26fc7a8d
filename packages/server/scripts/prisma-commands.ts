/** Commands of Prisma that need its native schema engine, which is not installed, and what does the same here. */
const INSTEAD: Record<string, string> = {
  'db push': '`npm run migrate` brings the database up to date',
  'db pull': 'the database is made from packages/server/prisma/schema.prisma; `npm run prisma -- studio` shows it',
  'db execute': '`psql` runs SQL; give it DATABASE_URL up to the ?, which it does not understand',
  'db seed': '`npm run seed` registers INITIAL_MEMBERSHIPS',
  'migrate dev':
    'edit prisma/schema.prisma, add a folder with the SQL to prisma/migrations, then run `npm run generate` and `npm run migrate`',
  'migrate deploy': '`npm run migrate` applies the migrations, in the same table',
  'migrate reset': '`npm run db:reset` empties the embedded database',
  'migrate status': '`npm run status` tells whether the database is up to date',
  'migrate resolve': '`npm run migrate` tries a failed migration again, without more ado',
  'migrate diff': '`npm test` compares the migrations with prisma/schema.prisma',
}

/**
 * What to do in place of a command of Prisma's.
 * @param hasEngine whether PRISMA_SCHEMA_ENGINE_BINARY names the native engine: then every command works
 * @returns one sentence, or nothing when Prisma can do it
 */
export function useInstead(args: readonly string[], hasEngine: boolean): string | undefined {
  if (hasEngine || asksForHelp(args)) return undefined
  const found = commandIn(args)
  return (
    found && `\`prisma ${found}\` needs Prisma's native engine, which is not part of this service: ${INSTEAD[found]}.`
  )
}

/** Whether a command of Prisma's opens the database. */
export const needsDatabase = (args: readonly string[]): boolean =>
  !asksForHelp(args) && (args.includes('studio') || commandIn(args) !== undefined)

/** Options may come before and after a command. */
const commandIn = (args: readonly string[]): string | undefined =>
  args.map((word, n) => `${word} ${args[n + 1]}`).find((pair) => Object.hasOwn(INSTEAD, pair))

export const asksForHelp = (args: readonly string[]): boolean => args.some((word) => word === '--help' || word === '-h')

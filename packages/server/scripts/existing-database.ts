import { LIMITS, type Limits } from '../src/db/session.ts'
import { embeddedIn, hasEmbedded } from '../src/db/setup/embedded.ts'
import { command, type Tools } from '../src/main/command.ts'
import { readConfiguration } from './configuration.ts'

/**
 * Runs a command that looks into the database, and makes none where there is none. A failure is one line, and exit code 1.
 * @param work gives the exit code
 * @param limits of its statements
 */
export async function onExistingDatabase(
  work: (tools: Tools) => Promise<number>,
  limits: Limits = LIMITS.api,
): Promise<void> {
  const { databaseUrl, dataFolder } = readConfiguration()
  if (!databaseUrl && !(await hasEmbedded(embeddedIn(dataFolder)))) {
    console.log('There is no database yet: set DATABASE_URL, or run `npm run migrate`, which makes an embedded one.')
    process.exit(1)
  }
  await command(work, limits)
}

import { backToPioneer, type Losses } from '../src/db/setup/back-to-pioneer.ts'
import { planMigration } from '../src/db/setup/migrate.ts'
import type { Takeover } from '../src/db/setup/takeover.ts'
import { directUrlOf, withDatabase } from './prepare-database.ts'

/** Prints what `migrate` would do, and changes nothing. */
export async function describeMigration(): Promise<void> {
  await withDatabase(async ({ initialMemberships }, database) => {
    const { takeover, migrations, missingMembers } = await planMigration(
      await directUrlOf(database),
      initialMemberships.map(({ id }) => id),
    )
    console.log('Dry run: nothing is changed.')
    if (takeover) for (const line of takeoverLines(takeover)) console.log(line)
    for (const name of migrations) console.log(`Would apply migration ${name}`)
    if (!migrations.length) console.log('The database is up to date.')
    for (const id of missingMembers) console.log(`Would register member ${id}`)
  }, true)
}

/** Restores the tables of the replaced backend, or prints what that would lose. */
export async function goBackToPioneer(isDryRun: boolean): Promise<void> {
  await withDatabase(async (_, database) => {
    const losses = await backToPioneer(await directUrlOf(database), isDryRun)
    if (isDryRun) console.log('Dry run: nothing is changed.')
    const lines = lossLines(losses)
    if (lines.length) console.log(isDryRun ? 'The old backend cannot keep:' : 'The old backend could not keep:')
    for (const line of lines) console.log(`  ${line}`)
    if (isDryRun) return
    console.log('The database is that of the old backend again. `npm run migrate` takes it over once more.')
  }, false)
}

function takeoverLines(takeover: Takeover): string[] {
  const { members, settings, replacedSettings, settingsOff, notifications, pending, block } = takeover
  return [
    'The database is that of the replaced backend. A takeover',
    `  keeps members: ${members}, settings: ${settings}, notifications: ${notifications}`,
    block === null ? '  finds no position on the chain' : `  continues at block ${block}`,
    replacedSettings && `  removes older settings of the same member and kind: ${replacedSettings}`,
    settingsOff && `  switches email off, too, in settings that are off: ${settingsOff}`,
    pending && `  marks notifications whose email was not sent as IGNORED: ${pending}`,
    notifications && '  leaves the time of notifications unknown, and their order as it is',
  ].filter((line) => typeof line === 'string')
}

const lossLines = (losses: Losses): string[] =>
  [
    losses.settings && `settings of kinds that it does not know: ${losses.settings}`,
    losses.notifications && `notifications of kinds that it does not know: ${losses.notifications}`,
    losses.inAppOnly && `settings "in the app only", which are off there: ${losses.inAppOnly}`,
    losses.sameEventId && `notifications of another event with the same id: ${losses.sameEventId}`,
    losses.confirmations && `emails about addresses that are not sent yet: ${losses.confirmations}`,
    losses.calm && `digests and pauses, of members who get every email at once there: ${losses.calm}`,
    losses.suppressed && `addresses that bounced or complained, which get emails again: ${losses.suppressed}`,
    losses.accounts && `accounts whose votes count as a member's: ${losses.accounts}`,
    losses.setAside && `events that were set aside: ${losses.setAside}`,
    losses.endedTokens &&
      `that tokens were ended, of members: ${losses.endedTokens}; change APP_SECRET_KEY, or they are valid again`,
  ].filter((line) => typeof line === 'string')

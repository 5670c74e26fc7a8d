import { createSecretKey } from 'node:crypto'
import type { CalendarDeadline } from '../calendar/deadline.ts'
import type { DeadlineKey } from '../events/deadlines/keys.ts'
import { electionEnd, moment } from '../events/samples.ts'
import type { LinkBase } from '../members/email-links.ts'
import type { ComposedEmail } from '../outbox/email-types.ts'
import { calendarWith } from './calendar.ts'
import { createComposer } from './compose.ts'
import type { EmailContext } from './define.ts'
import { emailTypes } from './list.ts'

/** Links that look like real ones, and lead nowhere. */
const SAMPLE: LinkBase = { publicUrl: 'https://notifications.example.org', key: createSecretKey('0'.repeat(64), 'hex') }

const sampleDeadline = (key: DeadlineKey): CalendarDeadline => ({
  ...key,
  title: 'Voting for the council',
  path: '/#/election',
  endsAt: new Date(electionEnd),
  // Openings announce a time; the others end at a block.
  isEstimated: key.type !== 'OpeningEnding',
  sequence: 0,
  isCancelled: false,
  changedAt: moment.time,
})

const sampleCalendar = (keys: DeadlineKey[]) => calendarWith(keys.map(sampleDeadline))(keys)

/** One email with sample data. `name`: what a command calls it; `group`: where a preview lists it. */
export type SampleEmail = { group: string; name: string; compose: () => ComposedEmail }

/** Every email that there is: of each type, all that its rules can produce. */
export async function sampleEmails(context: EmailContext): Promise<SampleEmail[]> {
  const compose = await createComposer(context)
  return emailTypes.flatMap((type) =>
    type.samples().map(({ group, name, content }) => ({
      group,
      name,
      compose: () => compose(type.compose(content, context), SAMPLE, sampleCalendar(type.deadlines?.(content) ?? [])),
    })),
  )
}

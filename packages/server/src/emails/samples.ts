import { createSecretKey } from 'node:crypto'
import type { LinkBase } from '../members/email-links.ts'
import type { ComposedEmail } from '../outbox/email-types.ts'
import { createComposer } from './compose.ts'
import type { EmailContext } from './define.ts'
import { emailTypes } from './list.ts'

/** Links that look like real ones, and lead nowhere. */
const SAMPLE: LinkBase = { publicUrl: 'https://notifications.example.org', key: createSecretKey('0'.repeat(64), 'hex') }

/** One email with sample data. `name`: what a command calls it; `group`: where a preview lists it. */
export type SampleEmail = { group: string; name: string; compose: () => ComposedEmail }

/** Every email that there is: of each type, all that its rules can produce. */
export async function sampleEmails(context: EmailContext): Promise<SampleEmail[]> {
  const compose = await createComposer(context)
  return emailTypes.flatMap((type) =>
    type.samples().map(({ group, name, content }) => ({
      group,
      name,
      compose: () => compose(type.compose(content, context), SAMPLE),
    })),
  )
}

import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { connectQueryNode } from '../../src/chain/client.ts'
import { connect } from '../../src/db/client.ts'
import { createEmailTypes } from '../../src/emails/prepare.ts'
import { createMailbox } from '../../src/emails/providers/mailbox.ts'
import { run } from '../../src/notifier/run.ts'

// A notifier in a process of its own, for tests that kill it. It gets ready, says so, and runs once it is told to.
const { values } = parseArgs({
  options: { database: { type: 'string' }, node: { type: 'string' }, mailbox: { type: 'string' } },
})
const { database = '', node = '', mailbox = '' } = values
const emailMaxAgeMs = 86_400_000
const sender = 'Pioneer <notifications@example.org>'
const { db, pool, close } = connect(database)
await db.$queryRaw`SELECT 1`

process.once('message', async () => {
  const summary = await run({
    db,
    pool,
    queryNode: connectQueryNode(node),
    providers: [createMailbox({ folder: mailbox, sender })],
    log: pino({ level: 'silent' }),
    emailTypes: createEmailTypes({
      pioneerUrl: 'https://pioneer.example',
      emailMaxAgeMs,
      emailSender: sender,
    }),
    config: {
      startingBlock: 0,
      emailMaxAgeMs,
      emailsPerHour: 0,
      emailDelaySeconds: 0,
      emailSender: sender,
    },
  })
  process.send?.(summary, () => process.disconnect())
  await close()
})
process.send?.('ready')

import { LIMITS } from '../src/db/session.ts'
import { emailTypes } from '../src/emails/list.ts'
import { reportWords, wordsOfEmail } from '../src/inbox/why/email-words.ts'
import { timeText } from '../src/inbox/why/times.ts'
import { failUsage, readArguments } from '../src/main/arguments.ts'
import type { Tools } from '../src/main/command.ts'
import { usageOf } from '../src/main/usages.ts'
import { type ListedEmail, listEmails, type Outbox, readOutbox } from '../src/operations/outbox.ts'
import { reasonText } from '../src/outbox/reasons.ts'
import { findNotFailed, type NotFailed, type Retried, retryFailed } from '../src/outbox/retry-failed.ts'
import { onExistingDatabase } from './existing-database.ts'
import { nameOf, readMemberId } from './member-id.ts'
import { say, sayError, sayJson } from './terminal.ts'

const MOST_IDS = 1_000
const MAX_ID = 2 ** 31 - 1
const MOST_NAMED = 20

const usage = usageOf('emails')
const { flags, values } = readArguments(usage)
const asJson = flags.has('json')
const onlyFailed = flags.has('failed')
const memberId = values.to === undefined ? undefined : readMemberId(usage, values.to)
const retry = values.retry === undefined ? undefined : readRetry(values.retry)
if (retry && onlyFailed) failUsage(usage, 'Give either --failed, which lists, or --retry')

// Of a large outbox, some statements read every row.
await onExistingDatabase(async (tools) => {
  if (memberId !== undefined && (await nameOf(tools.database.pool, memberId)) === undefined) {
    return sayError(`Membership ${memberId} is not registered here.`, { asJson })
  }
  if (retry) return retryThem(tools, retry)
  if (onlyFailed || memberId !== undefined) return list(tools)
  const outbox = await readOutbox(tools.database.pool)
  if (asJson) sayJson(outbox)
  else printOutbox(outbox)
  return 0
}, LIMITS.notifier)

/** @returns ids; undefined in it stands for all that failed */
function readRetry(text: string): { ids: number[] | undefined } {
  if (text === 'failed') return { ids: undefined }
  const ids = text.split(',').map((id) => (/^ *\d{1,10} *$/.test(id) && Number(id) <= MAX_ID ? Number(id) : 0))
  if (ids.includes(0)) failUsage(usage, '--retry takes the ids of emails, as in 12,13, or the word failed')
  if (ids.length > MOST_IDS) failUsage(usage, `--retry takes ${MOST_IDS} ids at most`)
  return { ids: [...new Set(ids)] }
}

async function retryThem({ config, database }: Tools, { ids }: { ids: number[] | undefined }): Promise<number> {
  const lifetimesSeconds = new Map(
    emailTypes.flatMap(({ name, lifetimeSeconds }) => (lifetimeSeconds === undefined ? [] : [[name, lifetimeSeconds]])),
  )
  const { emailMaxAgeMs } = config
  const { pool } = database
  const others = ids ? await findNotFailed(pool, { ids, memberId }) : []
  const retried = await retryFailed(pool, { ids, memberId, emailMaxAgeMs, lifetimesSeconds })
  if (asJson) sayJson({ ...retried, ...(ids ? { others } : {}) })
  else printRetried(retried, others)
  return others.length || (ids && retried.tooOld) ? 1 : 0
}

function printRetried({ retried, unknown, refused, tooOld, leftOut }: Retried, others: NotFailed[]): void {
  say(`${count(retried, 'email')} will be tried again by the next run of the notifier.`)
  if (unknown) say(`Of these, ${unknown} may arrive twice: the provider did not say whether it had sent them.`)
  if (refused) say(`Of these, ${refused} went to addresses that the provider said cannot receive emails.`)
  if (tooOld) say(`Not tried again, because what they tell, or their link, is too old by now: ${tooOld}.`)
  if (leftOut) {
    say(
      `Left out, because the provider said that their addresses cannot receive emails: ${leftOut}. With --retry <ids>, they are tried again too.`,
    )
  }
  for (const [status, emails] of Map.groupBy(others, ({ status }) => status)) {
    const ids = emails.map(({ id }) => id)
    const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : ''
    say(`Not tried again, because ${whyNot(status)}: ${ids.slice(0, MOST_NAMED).join(', ')}${more}.`)
  }
}

function whyNot(status: string | null): string {
  if (status === null) return `there is no such email${memberId === undefined ? '' : ` to member ${memberId}`}`
  return { PENDING: 'they wait to be sent anyway', SENT: 'they were sent' }[status] ?? 'they were not sent on purpose'
}

async function list({ database }: Tools): Promise<number> {
  const { emails, total } = await listEmails(database.pool, { onlyFailed, memberId })
  if (asJson) sayJson({ emails, total })
  else {
    for (const email of emails) say(lineOf(email))
    if (total > emails.length) say(`Only the newest ${emails.length} of ${total} are listed.`)
    if (!total) say('There is none.')
  }
  return 0
}

function lineOf(email: ListedEmail): string {
  const { id, memberId, name, type, createdAt } = email
  const { text } = wordsOfEmail(email, 'operator', new Date())
  const parts = [`${id}  ${type} for ${memberId} (${name}), written at ${timeText(createdAt)}.`, text]
  return [...parts, reportWords(email, 'operator')].filter(Boolean).join(' ')
}

function printOutbox({ waiting, oldestDue, digests, lastDay, failures, failed, pauses }: Outbox): void {
  say('Waiting now')
  for (const { type, due, later, beingSent, failing } of waiting) {
    const more = [beingSent && `${beingSent} being sent`, failing && `${failing} have failed before`].filter(Boolean)
    say(`  ${type}: ${[`${due} due`, `${later} later`, ...more].join(', ')}`)
  }
  if (!waiting.length) say('  nothing')
  if (oldestDue) say(`  The oldest is ${oldestDue.id} (${oldestDue.type}), due since ${timeText(oldestDue.sendAt)}.`)
  if (digests.nextAt) say(`  Digests that collect news: ${digests.count}, the next until ${timeText(digests.nextAt)}.`)
  for (const { provider, until, since, reason } of pauses) {
    say(`  ${provider} has accepted nothing since ${timeText(since)}, next attempt at ${timeText(until)}: ${reason}`)
  }
  say('', 'The last 24 hours')
  for (const { type, sent, failed, ignored } of lastDay) {
    say(`  ${type}: ${sent} sent, ${failed} failed, ${ignored} not sent on purpose`)
  }
  if (!lastDay.length) say('  nothing')
  for (const { reason, count, example } of failures) {
    say(
      `  ${count} failed: ${reasonText(reason)}. Such as ${example.id}, to member ${example.memberId}: ${example.says}`,
    )
  }
  say('', `${count(failed, 'email')} failed in all.${failed ? ' `npm run emails -- --failed` lists them.' : ''}`)
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

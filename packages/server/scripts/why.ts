import { explainEvent, explainEvents } from '../src/inbox/why/explain.ts'
import { find } from '../src/inbox/why/find.ts'
import type { Story } from '../src/inbox/why/story.ts'
import { timeText } from '../src/inbox/why/times.ts'
import { shorten } from '../src/lib/text.ts'
import { failUsage, readArguments } from '../src/main/arguments.ts'
import type { Tools } from '../src/main/command.ts'
import { usageOf } from '../src/main/usages.ts'
import { onExistingDatabase } from './existing-database.ts'
import { nameOf, readMemberId } from './member-id.ts'
import { say, sayError, sayJson } from './terminal.ts'

const SHOWN = { graphemes: 40, units: 80 }

const usage = usageOf('why')
const { flags, positionals } = readArguments(usage)
const memberId = readMemberId(usage, positionals[0])
const about = positionals[1]?.trim() ?? ''
if (!about) failUsage(usage, 'The second argument is empty')

await onExistingDatabase(async (tools) => {
  const name = await nameOf(tools.database.pool, memberId)
  if (name === undefined)
    return failWith(`Membership ${memberId} is not registered here, so nobody is notified for it.`)
  const answer = await explain(tools)
  if ('nothing' in answer) return failWith(`${answer.nothing}.`)
  const { stories, total, isPage } = answer
  if (flags.has('json')) sayJson({ member: { id: memberId, name }, total, stories })
  else print(name, stories, total, isPage)
  return 0
})

async function explain({ config, database: { pool } }: Tools) {
  const found = await find(pool, memberId, about)
  if (found.what === 'nothing') return { nothing: found.because }
  const options = { whyDays: config.whyDays, reader: 'operator' } as const
  const stories =
    found.what === 'event id'
      ? await explainEvent(pool, memberId, found.id, options)
      : await explainEvents(pool, memberId, found.events, options)
  const isKnown = stories.some(({ eventType, notificationId }) => eventType !== null || notificationId !== null)
  if (!isKnown && /^\d+$/.test(about)) {
    return { nothing: `Member ${memberId} has no notification ${shorten(about, SHOWN)}, and no event has this id` }
  }
  const total = found.what === 'events' ? found.total : stories.length
  return { stories, total, isPage: total > 1 && found.what === 'events' }
}

/** @param isPage whether they are many events about one page, of which each has an id of its own */
function print(name: string, stories: readonly Story[], total: number, isPage: boolean): void {
  say(`Member ${memberId} (${name}). “You” is this member.`)
  for (const story of stories) {
    console.log()
    if (isPage) printBriefly(story)
    else printWhole(story)
  }
  if (total > stories.length) say('', `Only the newest ${stories.length} of ${total} events are listed.`)
  if (isPage) say('', `For the whole story of one: npm run why -- ${memberId} <event id>`)
}

function printWhole({ outcome, steps }: Story): void {
  say(outcome)
  if (steps.length) console.log()
  for (const { label, kind, text } of steps) say(`- ${label}${kind ? ` (${kind})` : ''}: ${text}`)
}

function printBriefly({ eventType, eventId, time, title, outcome }: Story): void {
  say([time && timeText(time), eventType, eventId].filter(Boolean).join(' '))
  if (title) say(title)
  say(outcome)
}

function failWith(error: string): 1 {
  return sayError(error, { asJson: flags.has('json') })
}

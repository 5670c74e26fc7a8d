import { runDueJobs } from '../jobs/run.ts'
import { printable } from '../lib/printable.ts'
import { MOST_PREVIEWED } from '../notifier/audience/resolve.ts'
import { dryRun } from '../notifier/dry-run.ts'
import { runAndReport } from '../notifier/report.ts'
import { retrySetAside } from '../notifier/retry-set-aside.ts'
import type { NotifierDeps } from '../notifier/run.ts'
import { reasonText } from '../outbox/reasons.ts'
import { failUsage, readArguments } from './arguments.ts'
import { command } from './command.ts'
import { openNotifier } from './open-notifier.ts'
import { usageOf } from './usages.ts'

const { flags } = readArguments(usageOf('notify'))
if (flags.has('dry-run') && flags.has('retry-set-aside')) {
  failUsage(usageOf('notify'), 'Give either --dry-run or --retry-set-aside')
}

// Exit code 1 when something has to be looked at.
await command(async (tools) => {
  const notifier = await openNotifier(tools)
  try {
    if (flags.has('dry-run')) return await preview(notifier)
    if (flags.has('retry-set-aside')) return await retry(notifier)
    const { failure, emails, setAside } = await runAndReport(notifier)
    await runDueJobs(notifier)
    return failure || emails.stopped || setAside ? 1 : 0
  } finally {
    await notifier.close()
  }
})

async function retry(deps: NotifierDeps): Promise<number> {
  const result = await retrySetAside(deps)
  if (!result) {
    deps.log.warn('Another notifier is running: try again when it has finished')
    return 1
  }
  const { understood, notifications, setAside } = result
  deps.log.info(
    `${understood} events understood now, ${notifications} notifications; ${setAside} events stay set aside`,
  )
  return setAside ? 1 : 0
}

async function preview(deps: NotifierDeps): Promise<number> {
  let total = 0
  let more = ''
  for await (const { block, resolved, setAside, waiting } of dryRun(deps)) {
    total += resolved.length
    for (const { eventType, eventId, name, memberId, kind, inApp, reason, waits } of resolved) {
      const channels =
        [inApp && 'in the app', reason === null && (waits ? 'in a digest' : 'by email')]
          .filter(Boolean)
          .join(' and ') || 'not at all'
      const why = reason === null ? '' : ` (no email: ${reasonText(reason)})`
      say(`${eventType} ${eventId}: ${name} (${memberId}) would be told ${channels}, for ${kind}${why}`)
    }
    if (resolved.length === MOST_PREVIEWED) {
      more = ' or more'
      console.log(`Only the first ${MOST_PREVIEWED} are listed of the window that ends with block ${block}.`)
    }
    for (const { event, error } of setAside) say(`${event.type} ${event.id} would be set aside: ${error}`)
    for (const { event } of waiting) {
      say(`${event.type} ${event.id} would wait until all posts of a long thread are read`)
    }
    if (deps.stop?.aborted) break
  }
  console.log(`Dry run: ${total}${more} notifications, nothing was written or sent.`)
  return 0
}

/** Names and errors can contain what members wrote. */
function say(line: string): void {
  console.log(printable(line))
}

import { type NotifierDeps, type RunSummary, run } from './run.ts'

/** One run, and one line in the log about it. */
export async function runAndReport(deps: NotifierDeps): Promise<RunSummary> {
  const started = performance.now()
  const before = deps.queryNode.tally.requests
  const summary = await run(deps)
  const { events, notifications, setAside, emails, failure } = summary
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const outcome = failure ? 'Run failed' : deps.stop?.aborted ? 'Run stopped by a signal' : 'Run done'
  deps.log.info(
    { events, notifications, setAside, emails, requests: deps.queryNode.tally.requests - before },
    `${outcome} in ${seconds} s: ${many(events, 'event')}, ${many(notifications, 'notification')}, ` +
      `${many(emails.sent, 'email')} sent, ${emails.retrying} to be tried again, ${emails.failed} failed, ${emails.ignored} not emailed` +
      (setAside ? `, ${many(setAside, 'event')} set aside` : ''),
  )
  return summary
}

export const many = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

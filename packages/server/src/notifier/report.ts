import { type NotifierDeps, type RunSummary, run } from './run.ts'

/** Runs the notifier, or its reading half, and logs one line about it. */
export async function runAndReport(deps: NotifierDeps, work: typeof run = run): Promise<RunSummary> {
  const started = performance.now()
  const before = deps.queryNode.tally.requests
  const summary = await work(deps)
  const { events, notifications, setAside, emails, failure } = summary
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const outcome = failure ? 'Run failed' : deps.stop?.aborted ? 'Run stopped by a signal' : 'Run done'
  const sending = `${many(emails.sent, 'email')} sent, ${emails.retrying} to be tried again, ${emails.failed} failed, `
  deps.log.info(
    { events, notifications, setAside, emails, requests: deps.queryNode.tally.requests - before },
    `${outcome} in ${seconds} s: ${many(events, 'event')}, ${many(notifications, 'notification')}, ` +
      `${work === run ? sending : ''}${emails.ignored} not emailed` +
      (setAside ? `, ${many(setAside, 'event')} set aside` : ''),
  )
  return summary
}

export const many = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

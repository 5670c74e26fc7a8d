import pLimit from 'p-limit'
import { explain } from '../lib/explain.ts'
import { type DeliverDeps, deliverOne } from '../outbox/deliver.ts'
import { CONCURRENCY } from '../outbox/provider.ts'

export type Mailer = Pick<DeliverDeps, 'providers' | 'emailTypes'>
/** `open`: called when the first email is sent, because templates and providers take memory that most APIs never need. */
export type PromptSendingDeps = Omit<DeliverDeps, keyof Mailer | 'stop'> & { open: () => Promise<Mailer> }

/** Beyond it, emails are left to the notifier. */
const MOST_WAITING = 1_000

/**
 * Sends single emails of the outbox in the background, right after the request that enqueued them: where the notifier is
 * a cron job, members would wait for its next run. What is not sent here, the notifier sends.
 */
export function createPromptSending({ open, ...deps }: PromptSendingDeps) {
  const closing = new AbortController()
  const limit = pLimit(CONCURRENCY)
  const sending = new Set<Promise<void>>()
  let opening: Promise<Mailer> | undefined

  function mailer(): Promise<Mailer> {
    opening ??= open().catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }

  async function deliver(id: number): Promise<void> {
    if (closing.signal.aborted) return
    try {
      await deliverOne({ ...deps, ...(await mailer()), stop: closing.signal }, id)
    } catch (error) {
      deps.log.warn(`An email was not sent at once, the notifier will send it: ${explain(error).message}`)
    }
  }

  return {
    /** Returns at once. @param id of an email that is committed */
    send(id: number): void {
      if (limit.pendingCount >= MOST_WAITING) return
      const sent = limit(deliver, id).finally(() => sending.delete(sent))
      sending.add(sent)
    },
    /** Begins nothing more, and finishes what is in hand. @returns what was opened */
    async close(): Promise<Mailer | undefined> {
      closing.abort()
      await Promise.all(sending)
      return opening
    },
  }
}

import { REPORTING, reportingProviders, type WebhookKeys } from '../config/email-providers.ts'
import type { Pool } from '../db/client.ts'
import { FEWEST_FOR_RATE, ratesOf, readWeek, type Week, WINDOW_DAYS } from '../outbox/rates.ts'

/** Google and Yahoo ask for fewer complaints; with more bounces, a provider suspends the account. */
const MOST = { bounces: 0.05, complaints: 0.001 }

/** Of 1,000 emails, one complaint is 0.1 %: fewer complaints show no habit. */
const FEWEST_COMPLAINTS = 3

/** Emails, for which a provider whose webhook works has reported something. */
const MANY_SENT = 1_000

/** The names of the providers that report what happened to emails. */
export const reportingNames = (keys: WebhookKeys): string[] => reportingProviders(keys).map((name) => REPORTING[name])

/** @param reporting the names of the providers that report */
export async function judgeFeedback(pool: Pool, reporting: readonly string[]): Promise<{ ok: boolean; says: string }> {
  if (!reporting.length) {
    return { ok: true, says: 'no provider reports bounces and complaints: the operations guide says how' }
  }
  const weeks = (await readWeek(pool, reporting)).map(judge)
  return { ok: weeks.every(({ ok }) => ok), says: weeks.map(({ says }) => says).join('. ') }
}

function judge(week: Week): { ok: boolean; says: string } {
  const { provider, sent, bounced, complained, lastDay } = week
  const rates = ratesOf(week)
  const part = (count: number, what: string, rate: number | undefined) =>
    `${count} ${what}${rate === undefined ? '' : ` (${percent(rate)})`}`
  const counts = `${part(bounced, 'bounced', rates?.bounces)}, ${part(complained, 'marked as spam', rates?.complaints)}`
  const says = `${provider}: ${sent} sent in the last ${WINDOW_DAYS} days, ${counts}`
  if (!rates) return { ok: true, says }
  const tooMany = [
    rates.bounces >= MOST.bounces && `${percent(MOST.bounces)} bounces: are the addresses real?`,
    complained >= FEWEST_COMPLAINTS &&
      rates.complaints >= MOST.complaints &&
      `${percent(MOST.complaints)} complaints: is the link to unsubscribe there?`,
  ].filter(Boolean)
  if (tooMany.length) {
    return { ok: false, says: `${says}. Mailbox providers reject senders with ${tooMany.join(' And with ')}` }
  }
  // A webhook that broke yesterday has reported enough before. Few emails may not be reported yet.
  const recent = lastDay.sent < FEWEST_FOR_RATE ? week : lastDay
  return recent.reported
    ? { ok: true, says }
    : {
        ok: recent.sent < MANY_SENT,
        says: `${says}. It has reported nothing${week.reported ? ' for a day' : ''}: check its webhook`,
      }
}

const percent = (rate: number) => `${Number((rate * 100).toPrecision(2))} %`

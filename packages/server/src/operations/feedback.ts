import type { Pool } from '../db/client.ts'
import { type Day, ratesOf, readDay } from '../outbox/rates.ts'

/** Google and Yahoo ask for fewer complaints; with more bounces, a provider suspends the account. */
const MOST = { bounces: 0.05, complaints: 0.001 }

/** Emails of a day, for which a provider whose webhook works has reported something. */
const MANY_SENT = 1_000

/** The names of the providers that report what happened to emails. */
export const reportingProviders = ({ sendgrid, mailgun }: { sendgrid?: unknown; mailgun?: unknown }): string[] => [
  ...(sendgrid ? ['SendGrid'] : []),
  ...(mailgun ? ['Mailgun'] : []),
]

/** @param reporting the names of the providers that report */
export async function judgeFeedback(pool: Pool, reporting: readonly string[]): Promise<{ ok: boolean; says: string }> {
  if (!reporting.length) {
    return { ok: true, says: 'no provider reports bounces and complaints: the operations guide says how' }
  }
  const days = (await readDay(pool, reporting)).map(judge)
  return { ok: days.every(({ ok }) => ok), says: days.map(({ says }) => says).join('. ') }
}

function judge(day: Day): { ok: boolean; says: string } {
  const { provider, sent, reported, bounced, complained } = day
  const rates = ratesOf(day)
  const part = (count: number, what: string, rate: number | undefined) =>
    `${count} ${what}${rate === undefined ? '' : ` (${percent(rate)})`}`
  const counts = `${part(bounced, 'bounced', rates?.bounces)}, ${part(complained, 'marked as spam', rates?.complaints)}`
  const says = `${provider}: ${sent} sent in the last 24 hours, ${counts}`
  if (!rates) return { ok: true, says }
  const tooMany = [
    rates.bounces >= MOST.bounces && `${percent(MOST.bounces)} bounces: are the addresses real?`,
    rates.complaints >= MOST.complaints && `${percent(MOST.complaints)} complaints: is the link to unsubscribe there?`,
  ].filter(Boolean)
  if (tooMany.length) {
    return { ok: false, says: `${says}. Mailbox providers reject senders with ${tooMany.join(' And with ')}` }
  }
  return reported
    ? { ok: true, says }
    : { ok: sent < MANY_SENT, says: `${says}. It has reported nothing: check its webhook` }
}

const percent = (rate: number) => `${Number((rate * 100).toPrecision(2))} %`

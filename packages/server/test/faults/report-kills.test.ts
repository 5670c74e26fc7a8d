import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startSendGrid } from '../emails/provider-stand-in.ts'
import { until } from '../support/until.ts'
import { postAsSendGrid, sendgridEvent, webhookKeys } from '../support/webhooks.ts'
import { randomInstants } from './support/instants.ts'
import { services } from './support/service.ts'

const createService = services()

const EMAILS = 1_500
const DEATHS = 10
const ATTEMPTS = 3
/** So that after all deaths there is something left, though each sends for a second or two. */
const PER_SECOND = 60
/** In which an email that may have been handed over waits for its report. */
const REPORT_SECONDS = 30 * 60

const KEY = `id || '.' || round(extract(epoch FROM "createdAt") * 1000) AS key`

test(`${DEATHS} kills during a send of ${EMAILS} that SendGrid reports: none is lost, and none is sent again after its report`, async () => {
  const random = randomInstants()
  const service = await createService(EMAILS)
  const sendgrid = await startSendGrid()
  sendgrid.delayMs = 100
  const env = {
    SENDGRID_API_KEY: 'SG.key',
    SENDGRID_STAND_IN: sendgrid.url,
    SENDGRID_WEBHOOK_KEY: webhookKeys.sendgrid.export({ type: 'spki', format: 'der' }).toString('base64'),
    SMTP_URL: '',
    EMAIL_RATE_PER_SECOND: String(PER_SECOND),
  }
  const api = { url: await service.start('api', env).url() }

  /** Accepted emails that SendGrid has not reported yet, by key. */
  const toReport = new Map<string, string>()
  const reported = new Set<string>()
  const sentAfterReport: string[] = []
  let seen = 0
  function lookAtDelivered(): void {
    for (const { key, to } of sendgrid.delivered.slice(seen)) {
      if (reported.has(key)) sentAfterReport.push(key)
      else toReport.set(key, to)
    }
    seen = sendgrid.delivered.length
  }
  async function report(keys: readonly string[]): Promise<void> {
    if (!keys.length) return
    const events = keys.flatMap((key) => {
      const about = { email: toReport.get(key), email_key: key }
      const unused = { id: 0, createdAt: new Date(0), address: null }
      // In any order, and more than once.
      const both = [sendgridEvent(unused, 'processed', about), sendgridEvent(unused, 'delivered', about)]
      return random.chance(0.5) ? both : [...both.reverse(), ...both]
    })
    expect((await postAsSendGrid(api, events)).status).toBe(200)
    for (const key of keys) toReport.delete(key)
  }
  /** No notifier runs: what SendGrid has by now, and what of it is reported, is certain. */
  async function reportSome(chance: number): Promise<void> {
    lookAtDelivered()
    const keys = [...toReport.keys()].filter(() => random.chance(chance))
    await report(keys)
    for (const key of keys) reported.add(key)
  }
  const waiting = () => service.count(`"Email" WHERE status = 'PENDING'`)

  service.news()
  const inDoubt = new Set<string>()
  for (let death = 0; death < DEATHS; death++) {
    const last = sendgrid.requests + 1 + random.below(2)
    const process = service.start('notify', env)
    await until(() => sendgrid.requests >= last || !process.running())
    // While it runs, SendGrid reports some of what an earlier notifier, or this one, has handed over.
    lookAtDelivered()
    const early = report([...toReport.keys()].filter(() => random.chance(0.3)))
    await sleep(random.below(2 * sendgrid.delayMs))
    process.kill('SIGKILL')
    await process.exit
    await early
    await sendgrid.idle()
    const left = await service.query<{ key: string }>(
      `SELECT ${KEY} FROM "Email" e WHERE status = 'PENDING'
        AND EXISTS (SELECT FROM "HandOver" h WHERE h."leaseUntil" = e."leaseUntil" AND e.id = ANY (h."emailIds"))`,
    )
    for (const { key } of left) inDoubt.add(key)
    await reportSome(0.3)
    // What was not begun goes on at once; the rest waits for its report, or has waited long enough.
    await service.leasesEnd(random.chance(0.5) ? REPORT_SECONDS : 1)
    // At the end, some of the rest go one by one.
    if (death >= DEATHS - 3)
      await service.query(`UPDATE "Email" SET "failingSince" = now() WHERE status = 'PENDING' AND id % 8 = 0`)
  }
  expect(await waiting()).toBeGreaterThan(0)
  expect((await service.notify(env)).code).toBe(0)
  await service.leasesEnd(REPORT_SECONDS)
  expect((await service.notify(env)).code).toBe(0)
  expect(await waiting()).toBe(0)
  await reportSome(1)

  const times = Map.groupBy(sendgrid.delivered, ({ key }) => key)
  expect(sentAfterReport).toEqual([])
  const repeated = [...times].filter(([, emails]) => emails.length > 1)
  expect(repeated.filter(([key]) => !inDoubt.has(key))).toEqual([])
  for (const [, emails] of repeated) expect(emails.length).toBeLessThanOrEqual(ATTEMPTS)

  const emails = await service.query<{ key: string; status: string; code: string | null; reported: string | null }>(
    `SELECT ${KEY}, status, "failureCode" AS code, reported FROM "Email"`,
  )
  expect(emails.length).toBe(EMAILS)
  for (const { key, ...email } of emails) {
    // Three deaths with it in hand, and it never got there: docs/decisions/0003.
    const expected = times.has(key)
      ? { status: 'SENT', code: null, reported: 'delivered' }
      : { status: 'FAILED', code: 'OUTCOME_UNKNOWN', reported: null }
    expect(email, key).toEqual(expected)
  }
  expect(sendgrid.sizes).toContain(1)
  expect(Math.max(...sendgrid.sizes)).toBe(PER_SECOND)
  console.log(`${repeated.length} of ${EMAILS} were sent more than once after ${DEATHS} kills`)
}, 1_200_000)

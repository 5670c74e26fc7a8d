import type { RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { createMailgun } from '../../src/emails/providers/mailgun.ts'
import { createSendGrid } from '../../src/emails/providers/sendgrid.ts'
import { createSmtp } from '../../src/emails/providers/smtp.ts'
import { read, send } from '../../src/notifier/run.ts'
import type { Provider } from '../../src/outbox/provider.ts'
import { startMailgun, startSendGrid } from '../emails/provider-stand-in.ts'
import { type Story, stories } from '../support/story.ts'
import { type Fault, startMailServer } from './support/mail-server.ts'

const createStory = stories()

const EMAILS = 5_000
const SENDER = 'Pioneer <notifications@example.org>'
const STEP_MINUTES = 10
/** Emails in hand when an outage begins, and a probe at each step. */
const MOST_PROBES = 60
/** Shorter outages are those in which each email is tried. */
const MOST_FOR_SINGLE_EMAILS = 20

type Outage = { name: string; minutes: number; begin: () => unknown; end?: () => unknown }
type Server = { provider: Provider; taken: () => string[]; asked: () => number; recover: () => void; outages: Outage[] }

const answer =
  (status: number, body = '', headers: Record<string, string> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(status, headers).end(body)
  }
const HTML = { 'Content-Type': 'text/html' }
const PAGE = '<html><title>Log in</title></html>'

/** @param badSender its answer to a sender that it does not know */
function apiServer(api: Awaited<ReturnType<typeof startSendGrid>>, provider: Provider, badSender: string): Server {
  const inAnHour = () => String(Math.ceil(Date.now() / 1000) + 3_600)
  const faults: [name: string, minutes: number, fault: RequestListener][] = [
    ['503', 240, answer(503)],
    ['503 with Retry-After', 240, answer(503, '', { 'Retry-After': '900' })],
    ['500', 240, answer(500, 'Internal error')],
    ['502', 240, answer(502, PAGE, HTML)],
    [
      'a rate limit',
      240,
      (request, response) => answer(429, '', { 'X-RateLimit-Reset': inAnHour() })(request, response),
    ],
    ['a key that was withdrawn', 240, answer(401)],
    ['an account without credit', 240, answer(402)],
    ['a sender that it does not know', 240, answer(400, badSender)],
    ['a login page', 240, answer(200, PAGE, HTML)],
    ['a redirect', 240, answer(302, '', { Location: '/login' })],
    ['connections that it resets', 60, (request) => request.socket.destroy()],
  ]
  return {
    provider,
    taken: () => api.delivered.map(({ key }) => key),
    asked: () => api.requests,
    recover: () => {
      api.fault = undefined
    },
    outages: [
      ...faults.map(([name, minutes, fault]) => ({
        name,
        minutes,
        begin: () => {
          api.fault = fault
        },
      })),
      { name: 'nothing that listens', minutes: 240, begin: api.close, end: api.open },
    ],
  }
}

const servers: Record<string, () => Promise<Server>> = {
  async SendGrid() {
    const api = await startSendGrid()
    const badSender = JSON.stringify({ errors: [{ message: 'The from address is not verified', field: 'from' }] })
    return apiServer(api, createSendGrid({ apiKey: 'SG.key', sender: SENDER, baseUrl: api.url }), badSender)
  },

  async Mailgun() {
    const api = await startMailgun()
    const options = { apiKey: 'key', domain: 'mg.example.org', apiUrl: api.url, sender: SENDER }
    return apiServer(api, createMailgun(options), '{"message":"from parameter is not a valid address"}')
  },

  async SMTP() {
    const mail = await startMailServer()
    const provider = createSmtp({ url: mail.url, sender: SENDER })
    onTestFinished(provider.close)
    const faults: [name: string, minutes: number, fault: Fault][] = [
      ['421 at the greeting', 240, { at: 'greeting', code: 421, says: '4.3.2 Too many connections' }],
      ['421 at the sender', 240, { at: 'sender', code: 421, says: 'Going down' }],
      ['432', 240, { at: 'sender', code: 432, says: '4.3.2 Too many connections' }],
      ['451 at the sender', 240, { at: 'sender', code: 451, says: 'Local error' }],
      ['530', 240, { at: 'sender', code: 530, says: '5.7.0 Log in first' }],
      ['554 5.7.1', 240, { at: 'recipient', code: 554, says: '5.7.1 Relay access denied' }],
      ['550 5.4.5', 240, { at: 'recipient', code: 550, says: '5.4.5 Daily limit exceeded' }],
      ['451 4.3.0 at the recipient', 240, { at: 'recipient', code: 451, says: '4.3.0 Temporary lookup failure' }],
      ['451 after the message', 240, { at: 'message', code: 451, says: 'Local error' }],
      ['554 5.7.1 after the message', 240, { at: 'message', code: 554, says: '5.7.1 Blocked' }],
      ['451 at the recipient', 20, { at: 'recipient', code: 451, says: 'Local error' }],
    ]
    return {
      provider,
      taken: () => mail.taken,
      asked: () => mail.asked,
      recover: () => {
        mail.fault = undefined
      },
      outages: faults.map(([name, minutes, fault]) => ({
        name,
        minutes,
        begin: () => {
          mail.fault = fault
        },
      })),
    }
  },
}

/** So many minutes pass, for all that is compared with the time. */
async function pass({ db }: Story, minutes: number) {
  await db.$executeRaw`UPDATE "SendingPause" SET until = until - make_interval(mins => ${minutes}::int)`
  await db.$executeRaw`UPDATE "Event" SET "time" = "time" - make_interval(mins => ${minutes}::int)`
  await db.$executeRaw`
    UPDATE "Email" SET "createdAt" = "createdAt" - make_interval(mins => ${minutes}::int),
      "sendAt" = "sendAt" - make_interval(mins => ${minutes}::int),
      "failingSince" = "failingSince" - make_interval(mins => ${minutes}::int)
    WHERE status = 'PENDING'`
}

test.each(Object.entries(servers))(
  '%s: outages of hours, of every kind, lose none of 5,000 emails and send none twice',
  {
    timeout: 900_000,
  },
  async (_, start) => {
    const server = await start()
    const story = await createStory({ provider: server.provider })
    story.expectLog(/Sending has stopped/)
    const { db, deps } = story
    await db.$executeRaw`
    INSERT INTO "Member" (id, name, email)
    SELECT n, 'member-' || n, n || '@example.com' FROM generate_series(1, ${EMAILS}::int) n`
    await story.begins()
    story.chain.votingPeriodStarted({ candidates: [] })
    story.chain.commitBlock()
    await read(deps)
    // Two notifiers share the outbox.
    const sendTwice = () => Promise.all([send(deps), send(deps)])

    for (const { name, minutes, begin, end } of server.outages) {
      await begin()
      const before = server.asked()
      for (let minute = 0; minute < minutes; minute += STEP_MINUTES) {
        await sendTwice()
        await pass(story, STEP_MINUTES)
      }
      await end?.()
      if (minutes > MOST_FOR_SINGLE_EMAILS) expect(server.asked() - before, name).toBeLessThan(MOST_PROBES)
      expect(await db.email.count({ where: { status: 'PENDING' } }), name).toBe(EMAILS)
    }
    expect(server.taken()).toEqual([])

    server.recover()
    await pass(story, 60)
    for (let run = 0; run < 3; run++) {
      await sendTwice()
      await pass(story, STEP_MINUTES)
    }
    expect(await db.email.groupBy({ by: ['status'], _count: true })).toEqual([{ status: 'SENT', _count: EMAILS }])
    expect([server.taken().length, new Set(server.taken()).size]).toEqual([EMAILS, EMAILS])
  },
)

import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { expect, onTestFinished, test } from 'vitest'
import { createPromptSending } from '../../src/api/prompt-sending.ts'
import { createSmtp } from '../../src/emails/providers/smtp.ts'
import { recordingProvider, stories } from '../support/story.ts'
import { until } from '../support/until.ts'
import { email, sender } from './an-email.ts'
import { startScript } from './smtp-stand-in.ts'

const createStory = stories()

const refusing = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode })

/** A mail server that takes so many connections at the same time, and refuses more as the test says. */
async function startCrowded(most: number, where: 'greeting' | 'sender', code: number) {
  let open = 0
  const taken: string[] = []
  let refused = 0
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onConnect(_, done) {
      open++
      if (where === 'sender' || open <= most) return done()
      refused++
      done(refusing(code, 'Too many connections'))
    },
    onMailFrom(_, __, done) {
      if (where === 'greeting' || open <= most) return done()
      refused++
      done(refusing(code, 'Too many connections'))
    },
    onClose: () => void open--,
    onData(stream, { envelope }, done) {
      stream.resume().on('end', () => {
        taken.push(envelope.rcptTo[0]?.address ?? '')
        setTimeout(done, 5)
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)))
  return { url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`, taken, refused: () => refused }
}

test.each([
  [1, 'greeting', 421],
  [3, 'greeting', 421],
  [3, 'sender', 432],
  [5, 'sender', 421],
] as const)(
  'a server that takes %i connections, and refuses more at the %s with %i, gets every email in one run',
  async (most, where, code) => {
    const { url, taken } = await startCrowded(most, where, code)
    const smtp = createSmtp({ url, sender })
    onTestFinished(smtp.close)
    const story = await createStory({ provider: smtp })
    for (let n = 1; n <= 40; n++) await story.member(`member-${n}`)
    await story.begins()
    story.chain.votingPeriodStarted({ candidates: [] })
    expect((await story.notify()).emails).toEqual({ sent: 40, ignored: 0, failed: 0, retrying: 0 })
    expect([taken.length, new Set(taken).size]).toEqual([40, 40])
    expect(await story.db.email.count({ where: { attempts: 1, failingSince: null } })).toBe(40)
  },
)

test('single emails of the API reach a server that takes one connection, with no attempt lost and no pause', async () => {
  const { url, taken } = await startCrowded(1, 'greeting', 421)
  const smtp = createSmtp({ url, sender })
  const story = await createStory({ provider: smtp })
  const cast = await Promise.all(Array.from({ length: 40 }, (_, n) => story.member(`member-${n}`)))
  await story.db.email.createMany({
    data: cast.map(({ id }) => ({ memberId: Number(id), type: 'address-changed', address: `old-${id}@example.org` })),
  })
  const { pool, log, emailTypes, config } = story.deps
  const open = async () => ({ emailTypes, providers: [smtp] })
  const sending = createPromptSending({ pool, log, emailSender: config.emailSender, open })
  onTestFinished(async () => {
    await sending.close()
    await smtp.close()
  })
  for (const { id } of await story.db.email.findMany()) sending.send(id)
  await until(async () => (await story.db.email.count({ where: { status: 'SENT', attempts: 1 } })) === cast.length)
  expect(taken).toHaveLength(cast.length)
  expect(await story.db.sendingPause.count()).toBe(0)
})

test('connections are halved when the server refuses some, and grow by one for each hundred emails', async () => {
  const { url } = await startCrowded(5, 'greeting', 421)
  const smtp = createSmtp({ url, sender })
  onTestFinished(smtp.close)
  const send = (id: number) => smtp.send({ ...email, messageId: `<${id}@example.org>` })
  const first = await Promise.all(Array.from({ length: 10 }, (_, id) => send(id)))
  expect(new Set(first.map(({ result }) => result))).toEqual(new Set(['sent', 'busy']))
  expect(smtp.concurrency?.()).toBe(5)
  let accepted = first.filter(({ result }) => result === 'sent').length
  for (; accepted < 99; accepted++) await send(accepted)
  expect(smtp.concurrency?.()).toBe(5)
  await send(100)
  expect(smtp.concurrency?.()).toBe(6)
})

test('a server that refuses even one connection accepts nothing for now', async () => {
  const { url } = await startCrowded(0, 'greeting', 421)
  const smtp = createSmtp({ url, sender })
  onTestFinished(smtp.close)
  const results: string[] = []
  while (results.at(-1) !== 'unavailable') results.push((await smtp.send(email)).result)
  expect(results).toEqual(['busy', 'busy', 'busy', 'unavailable'])
})

test('a slow lane among many never makes an email wait in the transport', async () => {
  let most = 0
  let busy = 0
  const story = await createStory({
    provider: {
      ...recordingProvider([]),
      concurrency: () => 2,
      async send() {
        most = Math.max(most, ++busy)
        await new Promise((resolve) => setTimeout(resolve, 2))
        busy--
        return { result: 'sent', messageId: null }
      },
    },
  })
  for (let n = 1; n <= 20; n++) await story.member(`member-${n}`)
  await story.begins()
  story.chain.votingPeriodStarted({ candidates: [] })
  expect((await story.notify()).emails.sent).toBe(20)
  expect(most).toBe(2)
})

const PLAIN = { hello: '250-here\r\n250 AUTH PLAIN LOGIN' }
const OFFERS_TLS = { hello: '250-here\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN' }

test.each([
  ['has no TLS', PLAIN],
  ['offers TLS and refuses it', { ...OFFERS_TLS, startTls: '454 TLS not available' }],
  ['understands no EHLO', { hello: '502 Unknown command' }],
])('a password is not sent to a server that %s', async (_, replies) => {
  const { host, commands } = await startScript(replies)
  const smtp = createSmtp({ url: `smtp://user:secret@${host}`, sender })
  onTestFinished(smtp.close)
  expect(await smtp.send(email)).toMatchObject({ result: 'unavailable' })
  expect(commands.filter((command) => /AUTH|MAIL/.test(command))).toEqual([])
})

test('the operator reads why, and what to do', async () => {
  const { host } = await startScript(PLAIN)
  const smtp = createSmtp({ url: `smtp://user:secret@${host}`, sender })
  onTestFinished(smtp.close)
  const reason = expect.stringMatching(/offers no TLS, so the password of SMTP_URL is not sent.*\?ignoreTLS=true/)
  expect(await smtp.send(email)).toEqual({ result: 'unavailable', reason })
})

test.each(['ignoreTLS=true', 'requireTLS=false'])('a URL with ?%s says that it may be sent', async (query) => {
  const { host, commands } = await startScript(PLAIN)
  const smtp = createSmtp({ url: `smtp://user:secret@${host}/?${query}`, sender })
  onTestFinished(smtp.close)
  expect(await smtp.send(email)).toMatchObject({ result: 'sent' })
  expect(commands.some((command) => command.startsWith('AUTH'))).toBe(true)
})

test('without a password, a server without TLS is used', async () => {
  const { host } = await startScript(PLAIN)
  const smtp = createSmtp({ url: `smtp://${host}`, sender })
  onTestFinished(smtp.close)
  expect(await smtp.send(email)).toMatchObject({ result: 'sent' })
})

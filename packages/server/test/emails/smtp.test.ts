import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { expect, onTestFinished, test } from 'vitest'
import { createSmtp } from '../../src/emails/providers/smtp.ts'
import { calendarFile, email, emailWithFile, sender } from './an-email.ts'
import { IMPATIENT_MS } from './http-stand-in.ts'
import { startScript } from './smtp-stand-in.ts'

const refusing = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode })

/** A mail server on a local port, until the test ends. */
async function startServer(options: SMTPServerOptions = {}) {
  const received: { to: string[]; mail: ParsedMail }[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      buffer(stream).then(async (source) => {
        received.push({ to: session.envelope.rcptTo.map(({ address }) => address), mail: await simpleParser(source) })
        done(null, 'queued as 4C2D1')
      }, done)
    },
    ...options,
  })
  server.on('error', () => {})
  const sockets: Socket[] = []
  server.server.on('connection', (socket) => sockets.push(socket))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)))
  return { host: `127.0.0.1:${(server.server.address() as AddressInfo).port}`, received, sockets }
}

function service(host: string, { user = '', timeoutMs }: { user?: string; timeoutMs?: number } = {}) {
  const smtp = createSmtp({ url: `smtp://${user}${host}/?ignoreTLS=true`, sender, timeoutMs })
  onTestFinished(smtp.close)
  return smtp
}

async function sendTo(options: SMTPServerOptions) {
  const { host, received } = await startServer(options)
  return { outcome: await service(host).send(email), received }
}

test('bob gets the whole email unchanged, from the sender', async () => {
  const { outcome, received } = await sendTo({})

  expect(outcome).toEqual({ result: 'sent', messageId: '250 queued as 4C2D1' })
  expect(received).toHaveLength(1)
  expect(received[0]?.to).toEqual(['bob@example.com'])
  expect(received[0]?.mail).toMatchObject({
    to: { value: [{ address: 'bob@example.com', name: '' }] },
    from: { value: [{ address: 'notifications@example.org', name: 'Pioneer' }] },
    subject: email.subject,
    text: email.text,
    html: email.html,
    messageId: '<email-12@example.org>',
  })
  expect(received[0]?.mail.headers.get('auto-submitted')).toBe('auto-generated')
  const lines = received[0]?.mail.headerLines.map(({ line }) => line)
  expect(lines).toContain(`List-ID: ${email.headers['List-Id']}`)
  expect(received[0]?.mail).toMatchObject({ references: '<thread-3@example.org>', inReplyTo: '<thread-3@example.org>' })
})

test('bob gets the file that is attached, byte for byte', async () => {
  const { host, received } = await startServer()
  await service(host).send(emailWithFile)
  const [file, ...others] = received[0]?.mail.attachments ?? []
  expect(others).toEqual([])
  expect(file).toMatchObject({
    filename: 'deadline.ics',
    contentType: 'text/calendar',
    contentDisposition: 'attachment',
  })
  expect(file?.headers.get('content-type')).toMatchObject({ params: { charset: 'utf-8', method: 'PUBLISH' } })
  expect(file?.content.toString()).toBe(calendarFile.content)
  expect(received[0]?.mail).toMatchObject({ text: email.text, html: email.html })
})

test('an email after a refused one still arrives', async () => {
  const { host, received } = await startServer({
    onRcptTo: ({ address }, _, done) => done(address.startsWith('nobody') ? refusing(550, 'No such user') : null),
  })
  const smtp = service(host)
  const outcomes = await Promise.all([smtp.send({ ...email, to: 'nobody@example.com' }), smtp.send(email)])
  expect(outcomes.map(({ result }) => result)).toEqual(['rejected', 'sent'])
  expect(received.map(({ to }) => to)).toEqual([['bob@example.com']])
})

test('an address that the server does not know is not retried', async () => {
  const { outcome, received } = await sendTo({ onRcptTo: (_, __, done) => done(refusing(550, 'No such user')) })
  expect(outcome).toEqual({ result: 'rejected', reason: expect.stringContaining('550 No such user') })
  expect(received).toEqual([])
})

test('an invalid address is not retried', async () => {
  const { host } = await startServer()
  const smtp = service(host)
  for (const to of ['bob', '', 'bob@']) expect(await smtp.send({ ...email, to })).toMatchObject({ result: 'rejected' })
})

test('an email that the server rejects is not retried', async () => {
  const { outcome } = await sendTo({
    onData: (stream, _, done) => void stream.resume().on('end', () => done(refusing(554, 'Looks like spam'))),
  })
  expect(outcome).toEqual({
    result: 'rejected',
    fault: 'message',
    reason: expect.stringContaining('554 Looks like spam'),
  })
})

test.each([450, 451])('when the server says %i to the address, it is tried again later', async (code) => {
  const { outcome, received } = await sendTo({ onRcptTo: (_, __, done) => done(refusing(code, 'Later, please')) })
  expect(outcome).toEqual({
    result: 'failed',
    inDoubt: true,
    reason: expect.stringContaining(`${code} Later, please`),
  })
  expect(received).toEqual([])
})

test('when the server refuses the sender, emails stay pending: it would refuse all of them', async () => {
  const { outcome } = await sendTo({ onMailFrom: (_, __, done) => done(refusing(550, 'Sender not allowed')) })
  expect(outcome).toEqual({ result: 'unavailable', reason: expect.stringContaining('Sender not allowed') })
})

test('a wrong password stops sending, whoever the email is for', async () => {
  const { host } = await startServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: (_, __, done) => done(new Error('Who are you?')),
  })
  const outcome = await service(host, { user: 'user:wrong@' }).send(email)
  expect(outcome).toEqual({ result: 'unavailable', reason: expect.stringContaining('535') })
})

test('a missing password stops sending, whoever the email is for', async () => {
  const { outcome } = await sendTo({ authOptional: false, allowInsecureAuth: true })
  expect(outcome).toEqual({ result: 'unavailable', reason: expect.stringContaining('530') })
})

test('when nothing listens there, emails stay pending', async () => {
  const outcome = await service('127.0.0.1:1').send(email)
  expect(outcome).toEqual({ result: 'unavailable', reason: expect.stringContaining('ECONNREFUSED') })
})

test('when the server is too busy to greet, emails stay pending', async () => {
  const { host } = await startServer({ onConnect: (_, done) => done(refusing(421, 'Too many connections')) })
  const smtp = service(host)
  let outcome = await smtp.send(email)
  while (outcome.result === 'busy') outcome = await smtp.send(email)
  expect(outcome).toEqual({ result: 'unavailable', reason: expect.stringContaining('Too many connections') })
})

test('when the server never greets, emails stay pending', async () => {
  const outcome = await service(await startSilent(createServer()), { timeoutMs: IMPATIENT_MS }).send(email)
  expect(outcome).toEqual({ result: 'unavailable', reason: expect.stringContaining('Greeting') })
})

test('when the server hangs up at every greeting, emails stay pending', async () => {
  const outcome = await service(await startSilent(createServer((socket) => socket.end()))).send(email)
  expect(outcome).toMatchObject({ result: 'unavailable' })
})

async function startSilent(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

test.each(['hangs up', 'says nothing'])('when the server has the email and %s, it is handed over once', async (end) => {
  const taken: (string | undefined)[] = []
  const { host, sockets } = await startServer({
    async onData(stream, _, done) {
      const { subject } = await simpleParser(stream)
      taken.push(subject)
      if (subject === 'The next one') done(null)
      else if (end === 'hangs up') for (const socket of sockets) socket.destroy()
    },
  })
  const smtp = service(host, { timeoutMs: IMPATIENT_MS })
  expect(await smtp.send(email)).toEqual({ result: 'unknown', reason: expect.stringMatching(/.{5}/) })
  // What is repeated comes before what is sent after it.
  expect(await smtp.send({ ...email, subject: 'The next one' })).toMatchObject({ result: 'sent' })
  expect(taken).toEqual([email.subject, 'The next one'])
})

test.each([
  ['hello', 'say nothing', 'unavailable'],
  ['recipient', 'say nothing', 'unavailable'],
  ['recipient', 'drip', 'unavailable'],
  ['message', 'drip', 'unknown'],
] as const)(
  'a server that answers the %s with "%s" is not waited for, and only a written email is unknown',
  async (at, reply, result) => {
    const { host } = await startScript({ [at]: reply })
    const outcome = await service(host, { timeoutMs: IMPATIENT_MS }).send(email)
    expect(outcome).toEqual({ result, reason: expect.stringMatching(/.{10}/) })
  },
)

test.each(['a&b=c/d%e@example.com', "o'brien+`{|}~^?!#$*-_@example.com", 'bob@xn--bcher-kva.example'])(
  'the unusual address %s reaches the server as it is',
  async (to) => {
    const { host, commands } = await startScript({})
    expect(await service(host).send({ ...email, to })).toMatchObject({ result: 'sent' })
    expect(commands).toContain(`RCPT TO:<${to}>`)
  },
)

test('letters outside ASCII before the @ go to a server that takes them, under its extension', async () => {
  const extensions: boolean[] = []
  const { host, received } = await startServer({
    onMailFrom({ args }, _session, done) {
      extensions.push(Boolean((args as { SMTPUTF8?: boolean }).SMTPUTF8))
      done()
    },
  })
  const smtp = service(host)
  expect(await smtp.send({ ...email, to: 'jörg@example.com' })).toMatchObject({ result: 'sent' })
  expect(await smtp.send({ ...email, to: 'bob@example.com' })).toMatchObject({ result: 'sent' })
  expect(received.map(({ to }) => to)).toEqual([['jörg@example.com'], ['bob@example.com']])
  expect(extensions).toEqual([true, false])
})

test('a server that takes no letters outside ASCII refuses that recipient, and goes on with others', async () => {
  const { host, received } = await startServer({
    hideSMTPUTF8: true,
    onRcptTo({ address }, _session, done) {
      done(/[^\x20-\x7e]/.test(address) ? refusing(553, '5.6.7 Non-ASCII addresses are not permitted') : null)
    },
  })
  const smtp = service(host)
  expect(await smtp.send({ ...email, to: 'jörg@example.com' })).toMatchObject({ result: 'rejected' })
  expect(await smtp.send({ ...email, to: 'bob@example.com' })).toMatchObject({ result: 'sent' })
  expect(received.map(({ to }) => to)).toEqual([['bob@example.com']])
})

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AddressObject, simpleParser } from 'mailparser'
import { expect, onTestFinished, test } from 'vitest'
import { parseConfig } from '../../src/config/config.ts'
import { createMailbox } from '../../src/emails/providers/mailbox.ts'
import { createMailgun } from '../../src/emails/providers/mailgun.ts'
import { createSendGrid } from '../../src/emails/providers/sendgrid.ts'
import { createSmtp } from '../../src/emails/providers/smtp.ts'
import { addressAsSent } from '../../src/lib/email-address.ts'
import { domainOf } from '../../src/outbox/sender.ts'
import { email } from './an-email.ts'
import { answering, startStandIn } from './http-stand-in.ts'
import { startScript } from './smtp-stand-in.ts'

const LONG_NAME = 'Новости ДАО 🐝 '.repeat(10).trim()

test.each([
  ['notifications@example.org', '', 'notifications@example.org'],
  ['<notifications@example.org>', '', 'notifications@example.org'],
  ['Pioneer <notifications@example.org>', 'Pioneer', 'notifications@example.org'],
  ['"Pioneer" <notifications@example.org>', 'Pioneer', 'notifications@example.org'],
  ['DAO, News <notifications@example.org>', 'DAO, News', 'notifications@example.org'],
  ['"The \\"DAO\\"" <notifications@example.org>', 'The "DAO"', 'notifications@example.org'],
  ['Pioneer @ DAO <notifications@example.org>', 'Pioneer @ DAO', 'notifications@example.org'],
  ['Jörg Müller <notifications@bücher.example>', 'Jörg Müller', 'notifications@xn--bcher-kva.example'],
  [`${LONG_NAME} <notifications@example.org>`, LONG_NAME, 'notifications@example.org'],
  ['Pioneer <notifications@localhost>', 'Pioneer', 'notifications@localhost'],
])('every provider sends from %s as it is meant', async (EMAIL_SENDER, name, address) => {
  const { emailSender: sender } = parseConfig({ EMAIL_SENDER })
  expect(domainOf(sender)).toBe(address.split('@')[1])

  const sendgrid = await startStandIn(answering(202))
  await createSendGrid({ apiKey: 'SG.key', sender, baseUrl: sendgrid.url }).send(email)
  expect(JSON.parse(sendgrid.received[0]?.body ?? '').from).toEqual({ email: address, ...(name && { name }) })

  const mailgun = await startStandIn(answering(200))
  await createMailgun({ apiKey: 'key', domain: 'mg.example.org', apiUrl: mailgun.url, sender }).send(email)
  const header = new URLSearchParams(mailgun.received[0]?.body).get('from') ?? ''
  expect(header).toMatch(/^\p{ASCII}*$/u)
  for (const word of header.match(/=\?\S+/g) ?? []) expect(word.length).toBeLessThanOrEqual(75)
  expect(await fromIn(`From: ${header}\r\n\r\n`)).toEqual([{ name, address }])

  const folder = await mkdtemp(join(tmpdir(), 'mailbox-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await createMailbox({ folder, sender }).send(email)
  expect(await fromIn(await readFile(join(folder, (await readdir(folder))[0] ?? '')))).toEqual([{ name, address }])

  const { host, commands } = await startScript({})
  const smtp = createSmtp({ url: `smtp://${host}`, sender })
  onTestFinished(smtp.close)
  expect(await smtp.send(email)).toMatchObject({ result: 'sent' })
  expect(commands).toContain(`MAIL FROM:<${address}>`)
})

async function fromIn(message: string | Buffer) {
  const { from } = await simpleParser(message)
  return (from as AddressObject).value.map(({ name, address = '' }) => ({ name, address: addressAsSent(address) }))
}

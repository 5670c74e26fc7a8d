import { expect, test } from 'vitest'
import type { EmailProvider } from '../../src/config/config.ts'
import { checkDns } from '../../src/operations/dns.ts'
import { startDns } from '../support/dns.ts'

const emailSender = 'Pioneer <notifications@news.example.org>'
const sendgrid: EmailProvider = { name: 'sendgrid', apiKey: 'SG.key' }
const smtp: EmailProvider = { name: 'smtp', url: 'smtp://localhost' }
const KEY = 'k=rsa; p=MIGfMA0GCSqGSIb3'

const good: Record<string, string[]> = {
  'news.example.org': ['google-site-verification=1', 'v=spf1 include:sendgrid.net ~all'],
  's1._domainkey.news.example.org': [KEY],
  '_dmarc.example.org': ['v=DMARC1; p=reject'],
}

async function checked(
  records: Record<string, string[] | null>,
  options: Partial<Parameters<typeof checkDns>[0]> = {},
) {
  const { server, asked } = await startDns(records)
  const checks = await checkDns({ emailSender, emailProviders: [sendgrid], servers: [server], ...options })
  const says = checks.map(({ name, ok, says }) => `${ok ? 'ok' : 'WRONG'} ${name} ${says}`)
  return { says, asked }
}

test('a domain that publishes everything is ok, with the DMARC record of a parent domain', async () => {
  const { says } = await checked(good)
  expect(says).toEqual([
    'ok SPF v=spf1 include:sendgrid.net ~all',
    'ok DKIM has a key at s1._domainkey.news.example.org',
    'ok DMARC v=DMARC1; p=reject',
  ])
})

test('what is missing is named with what to publish', async () => {
  const { says } = await checked({})
  expect(says).toEqual([
    'WRONG SPF is missing: add a TXT record to news.example.org: "v=spf1 include:sendgrid.net ~all"',
    expect.stringMatching(/^WRONG DKIM has no key at s1\._domainkey\.news\.example\.org or .*publish the records/),
    'WRONG DMARC is missing: add a TXT record to _dmarc.news.example.org: "v=DMARC1; p=none"',
  ])
})

test.each([
  ['two records', ['v=spf1 ~all', 'v=spf1 -all'], 'has 2 records, which counts as none: merge them'],
  [
    'a record that allows everybody',
    ['v=spf1 include:sendgrid.net +all'],
    'allows everybody to send: end it with ~all',
  ],
  ['a record without the provider', ['v=spf1 mx ~all'], 'lacks include:sendgrid.net: v=spf1 mx ~all'],
  ['a record that only looks like one', ['v=spf10 ~all'], expect.stringMatching(/^is missing/)],
])('SPF with %s is wrong', async (_, texts, expected) => {
  const { server } = await startDns({ ...good, 'news.example.org': texts })
  const checks = await checkDns({ emailSender, emailProviders: [sendgrid], servers: [server] })
  expect(checks[0]).toEqual({ name: 'SPF', ok: false, says: expected })
})

test('a revoked key and a policy that is none of the three are wrong', async () => {
  const { says } = await checked({
    ...good,
    's1._domainkey.news.example.org': ['v=DKIM1; p='],
    '_dmarc.news.example.org': ['v=DMARC1; p=maybe'],
  })
  expect(says[1]).toMatch(/^WRONG DKIM has no key/)
  expect(says[2]).toBe('WRONG DMARC has no policy: v=DMARC1; p=maybe')
})

test('a long key in several parts is found', async () => {
  const { says } = await checked({ ...good, 's1._domainkey.news.example.org': [`v=DKIM1; p=${'A'.repeat(700)}`] })
  expect(says[1]).toMatch(/^ok DKIM/)
})

test('Mailgun signs with its own domain, which has to be related', async () => {
  const mailgun: EmailProvider = { name: 'mailgun', apiKey: 'key-1', domain: 'mg.example.org', apiUrl: '' }
  const records = {
    ...good,
    'mg.example.org': ['v=spf1 include:mailgun.org ~all'],
    'pdk1._domainkey.mg.example.org': [KEY],
  }
  expect((await checked(records, { emailProviders: [mailgun] })).says).toEqual([
    'ok SPF v=spf1 include:mailgun.org ~all',
    'ok DKIM has a key at pdk1._domainkey.mg.example.org',
    'ok DMARC v=DMARC1; p=reject',
  ])
  const stranger = { ...mailgun, domain: 'mg.example.net' }
  expect((await checked(records, { emailProviders: [stranger] })).says[2]).toBe(
    'WRONG DMARC fails: emails from news.example.org are signed by mg.example.net, another domain',
  )
})

test('a mail server needs the name of its key', async () => {
  const records = { ...good, 'mail2026._domainkey.news.example.org': [KEY] }
  expect((await checked(records, { emailProviders: [smtp] })).says[1]).toMatch(/^WRONG DKIM needs its selector/)
  expect((await checked(records, { emailProviders: [smtp], selector: 'mail2026' })).says[1]).toBe(
    'ok DKIM has a key at mail2026._domainkey.news.example.org',
  )
})

test('a server that fails is not taken for a missing record', async () => {
  const { says } = await checked({ ...good, 'news.example.org': null })
  expect(says[0]).toBe("WRONG SPF cannot be looked up for news.example.org (ESERVFAIL): check this machine's DNS")
  expect(says[2]).toMatch(/^ok DMARC/)
})

test('a sender without a domain of the internet asks nobody', async () => {
  const { says, asked } = await checked(good, { emailSender: 'Pioneer <notifications@localhost>' })
  expect(says).toEqual(['WRONG domain localhost is no domain on the internet: set EMAIL_SENDER'])
  expect(asked).toEqual([])
})

test('a record of any length and any characters is shown as one short line', async () => {
  const { says } = await checked({ ...good, '_dmarc.example.org': [`v=DMARC1; p=none; ${'\u001b[31m\n'.repeat(100)}`] })
  expect(says[2]?.length).toBeLessThan(150)
  expect(says[2]).toMatch(/^[\x20-\x7e]+$/)
})

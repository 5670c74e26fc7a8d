import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serveMailbox } from '../../scripts/mailbox-page.ts'
import { createMailbox } from '../../src/emails/providers/mailbox.ts'
import { closeProviders, createProviders } from '../../src/emails/providers/provider.ts'
import { sampleEmails } from '../../src/emails/samples.ts'
import { browsing, hasChromium } from '../support/chromium.ts'
import { calendarFile, email, emailWithFile, sender } from './an-email.ts'

async function newFolder() {
  const parent = await mkdtemp(join(tmpdir(), 'mailbox-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  return join(parent, 'mailbox')
}

async function openPage(folder: string) {
  const { url, close } = await serveMailbox(folder)
  onTestFinished(close)
  return async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(url + path, { headers })
    return { status: answer.status, policy: answer.headers.get('Content-Security-Policy'), body: await answer.text() }
  }
}

test('bob finds the whole email unchanged in the folder', async () => {
  const folder = await newFolder()
  const outcome = await createMailbox({ folder, sender }).send(email)

  const files = await readdir(folder)
  expect(files).toEqual([expect.stringMatching(/^\d{4}-.*-00000012\.eml$/)])
  expect(outcome).toEqual({ result: 'sent', messageId: files[0] })
  const mail = await simpleParser(await readFile(join(folder, files[0] ?? '')))
  expect(mail).toMatchObject({
    to: { value: [{ address: 'bob@example.com', name: '' }] },
    from: { value: [{ address: 'notifications@example.org', name: 'Pioneer' }] },
    subject: email.subject,
    text: email.text,
    html: email.html,
    messageId: '<email-12@example.org>',
  })
  expect(mail.headers.get('auto-submitted')).toBe('auto-generated')
})

test('bob finds the file that is attached, and the mailbox page shows it and offers it', async () => {
  const folder = await newFolder()
  await createMailbox({ folder, sender }).send(emailWithFile)
  const [name = ''] = await readdir(folder)
  const { attachments } = await simpleParser(await readFile(join(folder, name)))
  expect(attachments.map(({ filename, content }) => [filename, content.toString()])).toEqual([
    ['deadline.ics', calendarFile.content],
  ])
  const get = await openPage(folder)
  const shown = await get('/')
  expect(shown.body).toContain(`<a href="/emails/${name}/0" download="deadline.ics">deadline.ics</a>`)
  expect(shown.body).toContain('SUMMARY:Ends: “Zürich” 🌱')
  expect(await get(`/emails/${name}/0`)).toMatchObject({ status: 200, body: calendarFile.content })
  for (const part of ['1', '-1', 'length', '__proto__']) expect((await get(`/emails/${name}/${part}`)).status).toBe(404)
})

test('emails are listed in the order in which they were sent', async () => {
  const folder = await newFolder()
  const mailbox = createMailbox({ folder, sender })
  for (const id of [9, 10, 11]) {
    await mailbox.send({ ...email, id })
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  expect((await readdir(folder)).sort().map((name) => name.slice(-6))).toEqual(['09.eml', '10.eml', '11.eml'])
})

test('a folder that cannot be written to leaves emails pending', async () => {
  const folder = await newFolder()
  await writeFile(folder, 'a file')
  expect(await createMailbox({ folder, sender }).send(email)).toMatchObject({ result: 'unavailable' })
})

test('the configuration names the providers in their order; production without any has none', async () => {
  const named = async (...emailProviders: Parameters<typeof createProviders>[0]['emailProviders']) => {
    const providers = await createProviders({ emailProviders, emailSender: sender })
    await closeProviders(providers)
    return providers.map(({ name }) => name)
  }
  expect(
    await named(
      { name: 'sendgrid', apiKey: 'SG.key' },
      { name: 'mailgun', apiKey: 'key', domain: 'example.org', apiUrl: 'http://127.0.0.1:1' },
      { name: 'smtp', url: 'smtp://127.0.0.1:1' },
    ),
  ).toEqual(['SendGrid', 'Mailgun', 'SMTP'])
  expect(await named({ name: 'mailbox', folder: 'unused' })).toEqual(['mailbox'])
  expect(await named()).toEqual([])
})

test('only a provider whose webhook is configured is waited for, and a limit of emails holds for each', async () => {
  const providers = await createProviders({
    emailProviders: [
      { name: 'sendgrid', apiKey: 'SG.key' },
      { name: 'smtp', url: 'smtp://127.0.0.1:1' },
    ],
    emailSender: sender,
    emailRatePerSecond: 50,
    webhookKeys: { sendgrid: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey, mailgun: undefined },
  })
  await closeProviders(providers)
  expect(providers.map(({ perSecond, reportSeconds }) => [perSecond, reportSeconds])).toEqual([
    [50, 1_800],
    [50, undefined],
  ])
})

test('an empty mailbox page says so and shows emails as they arrive', async () => {
  const folder = await newFolder()
  const get = await openPage(folder)
  expect((await get('/')).body).toContain('No emails yet')

  const before = (await get('/version')).body
  await createMailbox({ folder, sender }).send(email)
  expect((await get('/version')).body).not.toBe(before)
})

test('the mailbox page lists emails, newest first, and shows the newest one', async () => {
  const folder = await newFolder()
  const mailbox = createMailbox({ folder, sender })
  await mailbox.send({ ...email, subject: 'The first <b>one</b>', id: 1 })
  await new Promise((resolve) => setTimeout(resolve, 2))
  await mailbox.send({ ...email, subject: 'The second one', id: 2 })

  const { status, body, policy } = await (await openPage(folder))('/')
  expect(status).toBe(200)
  expect(policy).toContain("default-src 'none'")
  expect(body.indexOf('The second one')).toBeLessThan(body.indexOf('The first &#60;b&#62;one'))
  expect(body).not.toContain('<b>')
  expect(body).toMatch(/<h2>The second one<\/h2>/)
})

test('the mailbox page shows an email: its headers, its text, and its HTML apart', async () => {
  const folder = await newFolder()
  const script = '<script>alert(1)</script>'
  await createMailbox({ folder, sender }).send({ ...email, html: `<p>Hi</p>${script}`, text: `Hi ${script}` })
  const [file] = await readdir(folder)
  const get = await openPage(folder)

  const shown = await get(`/emails/${file}`)
  expect(shown.body).toContain('Message-ID: &#60;email-12@example.org&#62;')
  expect(shown.body).toContain('Hi &#60;script&#62;alert(1)')
  expect(shown.body).toContain(`src="/emails/${file}/html"`)
  expect(shown.body).toContain('sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"')
  expect(shown.body).not.toContain(script)

  const apart = await get(`/emails/${file}/html`)
  expect(apart.body).toContain('<p>Hi</p>')
  expect(apart.policy).toMatch(/default-src 'none'.*; sandbox (?!.*allow-(scripts|top-navigation|forms))/)
})

test('the mailbox page shows nothing outside its folder', async () => {
  const folder = await newFolder()
  await createMailbox({ folder, sender }).send(email)
  const secret = join(folder, '../secret.eml')
  await writeFile(secret, 'Subject: secret\r\n\r\nsecret')
  const get = await openPage(folder)

  const paths = [
    '/emails/../../secret.eml',
    '/emails/..%2fsecret.eml',
    '/emails/%2e%2e%2fsecret.eml/html',
    '/..%2fsecret.eml',
  ]
  for (const path of [
    ...paths,
    `/emails/${encodeURIComponent(secret)}`,
    '/emails/..%5csecret.eml',
    '/emails/%00',
    '/x',
  ]) {
    const { status, body } = await get(path)
    expect({ path, status }).toEqual({ path, status: 404 })
    expect(body).not.toContain('secret')
  }
})

test('the mailbox page rejects other host names', async () => {
  const { createConnection } = await import('node:net')
  const { text } = await import('node:stream/consumers')
  const { url, close } = await serveMailbox(await newFolder())
  onTestFinished(close)
  const socket = createConnection({ host: '127.0.0.1', port: Number(new URL(url).port) })
  socket.end('GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
  expect(await text(socket)).toMatch(/^HTTP\/1.1 404/)
})

describe.skipIf(!hasChromium('How the mailbox page shows emails'))('in a browser', () => {
  const openBrowser = browsing()

  /** The page of a mailbox that holds one email. */
  async function openEmail(html: string, width: number) {
    const folder = await newFolder()
    await createMailbox({ folder, sender }).send({ ...email, html })
    const site = await serveMailbox(folder)
    onTestFinished(site.close)
    const page = await openBrowser({ viewport: { width, height: 700 } })
    onTestFinished(() => page.close())
    await page.goto(site.url)
    return { page, site, folder }
  }
  const HIDDEN_PIXELS = `(() => {
    const { contentDocument, clientHeight, clientWidth } = document.querySelector('iframe')
    const { scrollHeight, scrollWidth } = contentDocument.scrollingElement
    return { below: scrollHeight - clientHeight, aside: scrollWidth - clientWidth }
  })()`

  test.each([375, 1280])('shows an email to its last line, %i pixels wide and after a resize', async (width) => {
    const [sample] = await sampleEmails({
      pioneerUrl: 'https://pioneer.example',
      emailMaxAgeMs: 1,
      emailSender: 'Pioneer <notifications@example.org>',
    })
    if (!sample) throw new Error('There are no samples')
    const { page } = await openEmail(sample.compose().html, width)
    const whole = () => expect.poll(() => page.evaluate(HIDDEN_PIXELS)).toEqual({ below: 0, aside: 0 })
    await whole()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)

    const height = () => page.evaluate("document.querySelector('iframe').clientHeight") as Promise<number>
    const before = await height()
    await page.setViewportSize({ width: 1655 - width, height: 700 })
    await expect.poll(height).not.toBe(before)
    await whole()
  })

  test('shows the whole of an email without a doctype', async () => {
    const { page } = await openEmail('<p style="height: 900px">Hi</p>', 1280)
    await expect.poll(() => page.evaluate(HIDDEN_PIXELS)).toEqual({ below: 0, aside: 0 })
    expect(await page.evaluate("document.querySelector('iframe').clientHeight")).toBeGreaterThan(900)
  })

  test('an email runs no script, in its frame or in a window of its own, and leaves the page alone', async () => {
    const evil = "console.log('hacked')"
    const link = (top: number, target: string, href: string) =>
      `<a style="position: absolute; left: 0; top: ${top}px; font-size: 20px" target="${target}" href="${href}">link</a>`
    const { page, site, folder } = await openEmail(
      `<div style="height: 200px"></div><script>${evil}</script><img src="x" onerror="${evil}">
      <svg onload="${evil}"></svg><iframe srcdoc="<script>${evil}</script>"></iframe>
      <meta http-equiv="refresh" content="0; url=javascript:${evil}">
      ${link(10, '_blank', `javascript:${evil}`)} ${link(50, '_self', `javascript:${evil}`)}
      ${link(90, '_top', '/version')}`,
      1280,
    )
    const logged: string[] = []
    page.context().on('console', (entry) => logged.push(entry.text()))
    const blocked = (what: string) => expect.poll(() => logged.filter((text) => text.startsWith(what)).length)
    await page.reload()
    await blocked('Blocked script execution').toBeGreaterThan(1)

    const whole = () => page.locator('iframe').boundingBox()
    await expect.poll(async () => (await whole())?.height).toBeGreaterThan(200)
    const { x, y } = (await whole()) ?? { x: 0, y: 0 }
    await page.mouse.click(x + 10, y + 20)
    await blocked('Running the JavaScript URL').toBe(1)
    await page.mouse.click(x + 10, y + 60)
    await blocked('Running the JavaScript URL').toBe(2)
    await page.mouse.click(x + 10, y + 100)
    await blocked('Unsafe attempt to initiate navigation').toBe(1)
    expect(new URL(page.url()).pathname).toBe('/')

    await page.goto(`${site.url}/emails/${(await readdir(folder))[0]}/html`)
    await page.mouse.click(10, 60)
    await blocked('Running the JavaScript URL').toBe(3)
    expect(logged).not.toContain('hacked')
  })
})

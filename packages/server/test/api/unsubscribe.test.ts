import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { storePublicUrl } from '../../src/members/public-url.ts'
import type { OutgoingEmail } from '../../src/outbox/provider.ts'
import { serveApi } from '../support/api.ts'
import { stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const story = stories()
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const ONE_CLICK = 'List-Unsubscribe=One-Click'

/** Bob started a thread, alice posted in it, and bob was emailed. */
async function begin(options: Parameters<typeof story>[0] = {}) {
  const s = await story(options)
  const api = await serveApi(s)
  await storePublicUrl(s.pool, api.url)
  const [alice, bob] = [await s.member('alice'), await s.member('bob')]
  const category = s.chain.categoryCreated('General')
  const thread = s.chain.threadCreated({ by: bob, in: category, title: 'Plants <b>', text: 'Water them.' })
  await s.begins()
  const posts = async (text = 'Hello') => {
    s.chain.postAdded({ by: alice, in: thread, text })
    await s.notify()
  }
  const settings = () =>
    s.db.subscription.findMany({
      select: { kind: true, entityId: true, shouldNotify: true, shouldNotifyByEmail: true },
      where: { memberId: Number(bob.id) },
      orderBy: { id: 'asc' },
    })
  return { ...s, api, alice, bob, category, thread, posts, settings }
}

const linkOf = ({ headers }: OutgoingEmail) => /^<(.*)>$/.exec(headers['List-Unsubscribe'] ?? '')?.[1] ?? ''
const post = (link: string, body: string, headers: Record<string, string> = FORM) =>
  fetch(link, { method: 'POST', headers, body, redirect: 'manual' })
/** The hidden fields of a form and a button of it, as a browser sends them. */
function press(markup: string, button: string): string {
  const form = new URLSearchParams()
  for (const [, name = '', value = ''] of markup.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) {
    form.append(name, value)
  }
  const [, name = '', value = ''] = new RegExp(`<button name="(\\w+)" value="(${button})"`).exec(markup) ?? []
  expect(value).toBe(button)
  form.append(name, value)
  return form.toString()
}

test('one click in a mail program stops the kind by email at once, and nothing else', async () => {
  const { sent, posts, settings, told, api } = await begin()
  await posts()
  const [email] = sent
  expect(email?.headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click')
  expect(linkOf(email as OutgoingEmail)).toMatch(new RegExp(`^${api.url}/unsubscribe/[\\w.-]+$`))
  expect(email?.text).toContain(linkOf(email as OutgoingEmail))
  expect(email?.html).toContain(linkOf(email as OutgoingEmail))
  const answer = await post(linkOf(email as OutgoingEmail), ONE_CLICK)
  expect({ status: answer.status, cookie: answer.headers.get('set-cookie') }).toEqual({ status: 200, cookie: null })
  expect(await settings()).toEqual([
    { kind: 'FORUM_THREAD_CREATOR', entityId: null, shouldNotify: true, shouldNotifyByEmail: false },
  ])
  await posts('Again')
  expect(sent).toHaveLength(1)
  expect(await told()).toEqual(['bob: FORUM_THREAD_CREATOR', 'bob: FORUM_THREAD_CREATOR'])
})

test('a mailbox provider may send the body in parts, or twice', async () => {
  const { sent, posts, settings } = await begin()
  await posts()
  const link = linkOf(sent[0] as OutgoingEmail)
  const body = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
  for (let n = 0; n < 2; n++) {
    expect((await post(link, body, { 'content-type': 'multipart/form-data; boundary=x' })).status).toBe(200)
  }
  expect(await settings()).toHaveLength(1)
})

test.each([
  ['a GET', 'GET', undefined],
  ['a HEAD', 'HEAD', undefined],
  ['an OPTIONS', 'OPTIONS', undefined],
  ['a PUT', 'PUT', ONE_CLICK],
  ['an empty POST', 'POST', ''],
  ['almost the body', 'POST', 'List-Unsubscribe=One-click'],
  ['an unknown button', 'POST', 'stop=everything'],
  ['an unknown "undo"', 'POST', 'undo=everything'],
  ['JSON', 'POST', '{"stop":"all"}'],
  ['more than a form can have', 'POST', `stop=all&more=${'x'.repeat(600_000)}`],
])('%s changes nothing', async (_, method, body) => {
  const { sent, posts, settings, bob, db } = await begin()
  await posts()
  const before = await db.member.findUnique({ where: { id: Number(bob.id) } })
  await fetch(linkOf(sent[0] as OutgoingEmail), { method, ...(body !== undefined && { body, headers: FORM }) }).catch(
    () => {},
  )
  expect(await settings()).toEqual([])
  expect(await db.member.findUnique({ where: { id: Number(bob.id) } })).toEqual(before)
})

test('a scanner that opens every link of an email changes nothing', async () => {
  const { sent, posts, settings, bob, db, api } = await begin()
  await posts()
  const before = await db.member.findUnique({ where: { id: Number(bob.id) } })
  const links = [...new Set(`${sent[0]?.html} ${sent[0]?.text}`.match(/https?:\/\/[^\s"<>]+/g))]
  const ours = links.filter((link) => link.startsWith(api.url))
  expect(ours.length).toBe(2)
  for (const link of ours) {
    for (const method of ['GET', 'HEAD']) expect((await fetch(link, { method })).status).toBe(200)
  }
  expect(await settings()).toEqual([])
  expect(await db.member.findUnique({ where: { id: Number(bob.id) } })).toEqual(before)
})

describe('the page', () => {
  test('says what will stop, with three buttons, and no member can write into it', async () => {
    const { sent, posts } = await begin()
    await posts()
    const answer = await fetch(linkOf(sent[0] as OutgoingEmail))
    const markup = await answer.text()
    expect(markup).toContain('A post in a thread that I started')
    expect(markup).toContain('Plants &#60;b&#62;')
    expect([...markup.matchAll(/<button name="stop" value="(\w+)"/g)].map(([, stop]) => stop)).toEqual([
      'thing',
      'kind',
      'all',
    ])
  })

  test('asks no other site, and its address reaches none', async () => {
    const { sent, posts, api, logs } = await begin()
    await posts()
    const link = linkOf(sent[0] as OutgoingEmail)
    const answer = await fetch(link)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex, nofollow',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none';style-src 'sha256-[^']+';img-src data:;form-action 'self';frame-ancestors 'none';base-uri 'none'$/,
      ),
    })
    const markup = await answer.text()
    const token = link.split('/').at(-1) ?? ''
    expect(markup).not.toContain(token)
    expect(markup).not.toMatch(/<script|\bsrc=/)
    expect([...api.log, ...logs.map(({ msg }) => msg)].join('')).not.toContain(token.slice(0, 30))
    expect(api.log.join('')).toContain('page unsubscribe')
  })

  test.each(['thing', 'kind', 'all'])(
    '%s: stops it and cancels what waits; "undo" restores what was before',
    async (stop) => {
      const { sent, posts, settings, bob, db, sets, thread, watches } = await begin()
      await sets(bob, 'FORUM_THREAD_CREATOR', { inApp: true, byEmail: true })
      if (stop === 'thing') await watches(bob, 'FORUM_THREAD_ENTITY_POST', thread)
      await posts()
      const before = await settings()
      const link = linkOf(sent[0] as OutgoingEmail)
      await db.email.updateMany({ data: { status: 'PENDING', sendAt: new Date(Date.now() + 3_600_000) } })

      const stopped = await (await post(link, press(await (await fetch(link)).text(), stop))).text()
      expect(stopped).toMatch(/<title>You are unsubscribed/)
      const { status, reason } = await db.email.findFirstOrThrow()
      expect({ status, reason }).toEqual({ status: 'IGNORED', reason: 'UNSUBSCRIBED' })
      await posts('Again')
      expect(sent).toHaveLength(1)

      const undone = await (await post(link, press(stopped, stop))).text()
      expect(undone).toMatch(/<title>Subscribed again/)
      expect((await settings()).toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual(
        before.toSorted((a, b) => (a.kind < b.kind ? -1 : 1)),
      )
      expect((await db.member.findUnique({ where: { id: Number(bob.id) } }))?.receiveEmails).toBe(true)
      await posts('Once more')
      expect(sent).toHaveLength(2)
    },
  )

  test('a reload of the result keeps what "undo" restores', async () => {
    const { sent, posts, settings } = await begin()
    await posts()
    const link = linkOf(sent[0] as OutgoingEmail)
    const form = press(await (await fetch(link)).text(), 'kind')
    await post(link, form)
    const reloaded = await (await post(link, form)).text()
    await post(link, press(reloaded, 'kind'))
    expect(await settings()).toEqual([])
  })

  test.each([
    ['thing', 'This thread is muted', 'This thread is not muted any more.'],
    ['kind', 'is not emailed any more', 'Emails of this kind are on again.'],
    ['all', 'Nothing is emailed any more', 'You receive emails again.'],
  ])('%s: says what is stopped already, such as by a mail program, and brings it back', async (stop, says, back) => {
    const { sent, posts } = await begin()
    await posts()
    const link = linkOf(sent[0] as OutgoingEmail)
    await post(link, stop === 'kind' ? ONE_CLICK : `stop=${stop}`)
    const markup = await (await fetch(link)).text()
    expect(markup).toContain(says)
    expect(markup).not.toContain(`name="stop" value="${stop}"`)
    expect(await (await post(link, press(markup, stop))).text()).toContain(back)
    expect(await (await fetch(link)).text()).not.toContain('name="undo"')
    await posts('Again')
    expect(sent).toHaveLength(2)
  })

  test('the button of a second click brings back what the first one stopped', async () => {
    const { sent, posts, bob, db } = await begin()
    await posts()
    const link = linkOf(sent[0] as OutgoingEmail)
    await post(link, 'stop=all')
    const again = await (await post(link, 'stop=all')).text()
    expect(await (await post(link, press(again, 'all'))).text()).toContain('You receive emails again.')
    expect((await db.member.findUnique({ where: { id: Number(bob.id) } }))?.receiveEmails).toBe(true)
  })

  test('a kind that is off by default comes back by email', async () => {
    const { sent, posts, bob, wants, refuses, settings } = await begin()
    await wants(bob, 'FORUM_POST_ALL')
    await refuses(bob, 'FORUM_THREAD_CREATOR')
    await refuses(bob, 'FORUM_THREAD_CONTRIBUTOR')
    await posts()
    const link = linkOf(sent[0] as OutgoingEmail)
    await post(link, ONE_CLICK)
    await post(link, press(await (await fetch(link)).text(), 'kind'))
    expect((await settings())[0]).toMatchObject({
      kind: 'FORUM_POST_ALL',
      shouldNotify: true,
      shouldNotifyByEmail: true,
    })
  })

  test('a kind of watches comes back for all of them, also what is watched by email alone since', async () => {
    const { sent, posts, bob, category, watches, refuses, settings, db } = await begin()
    await refuses(bob, 'FORUM_THREAD_CREATOR')
    await refuses(bob, 'FORUM_THREAD_CONTRIBUTOR')
    await watches(bob, 'FORUM_CATEGORY_ENTITY_POST', category)
    await posts()
    const link = linkOf(sent[0] as OutgoingEmail)
    await post(link, ONE_CLICK)
    const markup = await (await fetch(link)).text()
    expect(markup).toContain('“Posts in this category” is not emailed any more')
    const kind = 'FORUM_CATEGORY_ENTITY_POST'
    await db.subscription.create({
      data: { memberId: Number(bob.id), kind, entityId: '77', shouldNotify: false, shouldNotifyByEmail: true },
    })
    await post(link, press(markup, 'kind'))
    expect((await settings()).filter(({ entityId }) => entityId)).toEqual([
      { kind, entityId: category.id, shouldNotify: true, shouldNotifyByEmail: true },
      { kind, entityId: '77', shouldNotify: false, shouldNotifyByEmail: true },
    ])
  })

  test('a kind that comes back while all emails are off says that none is sent', async () => {
    const { sent, posts } = await begin()
    await posts()
    const link = linkOf(sent[0] as OutgoingEmail)
    await post(link, 'stop=all')
    await post(link, 'stop=kind')
    expect(await (await post(link, 'undo=kind')).text()).toContain('You still receive no emails')
  })

  test.each([
    ['', FORM],
    ['stop=everything', FORM],
    ['{"stop":"all"}', { 'content-type': 'application/json' }],
    ['--x', { 'content-type': 'multipart/form-data' }],
  ])('what no button sends changes nothing and says so: %j', async (body, headers) => {
    const { sent, posts } = await begin()
    await posts()
    const answer = await post(linkOf(sent[0] as OutgoingEmail), body, headers)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('role="alert">Nothing was changed')
  })

  test('works without the query node, by the name of nothing', async () => {
    const { sent, posts, node, api } = await begin()
    await posts()
    await node.close()
    const answer = await fetch(linkOf(sent[0] as OutgoingEmail))
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('a thread')
    expect(api.log.join('')).toContain('A page shows ids instead of names')
  })
})

test('a form that is too large holds up no request behind it on the connection, which a proxy shares', async () => {
  const { sent, posts, settings } = await begin()
  await posts()
  const link = linkOf(sent[0] as OutgoingEmail)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = (method: string, body = '') =>
    new Promise<number | undefined>((resolve) => {
      const asked = request(link, { agent, method, headers: { ...FORM, 'content-length': body.length } }, (answer) => {
        answer.resume().on('close', () => resolve(answer.statusCode))
      })
      // The server may hang up before it has all.
      asked.on('error', () => resolve(undefined))
      asked.end(body)
    })
  const large = ask('POST', `stop=all&more=${'x'.repeat(5_000_000)}`)
  const next = ask('GET')
  expect([400, undefined]).toContain(await large)
  expect(await next).toBe(200)
  expect(await settings()).toEqual([])
  agent.destroy()
})

test('a form in very small parts, which take much more memory than they bring, is not read', async () => {
  const { sent, posts, settings, api } = await begin()
  await posts()
  const { pathname, port } = new URL(linkOf(sent[0] as OutgoingEmail))
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => {})
  const head = `POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM['content-type']}\r\n`
  // What comes before the page reads is put together by Node.js: 64 KB.
  socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n9\r\nstop=all&\r\n${'1\r\nx\r\n'.repeat(100_000)}0\r\n\r\n`)
  await until(() => api.log.some((line) => line.includes('page unsubscribe')))
  expect(api.log.find((line) => line.includes('page unsubscribe'))).toContain('"status":400')
  expect(await settings()).toEqual([])
  socket.destroy()
})

test('a client that hangs up in the middle of a form is no error', async () => {
  const { sent, posts, api } = await begin()
  await posts()
  const { pathname, port } = new URL(linkOf(sent[0] as OutgoingEmail))
  const socket = connect(Number(port), '127.0.0.1')
  const head = `POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM['content-type']}\r\nContent-Length: 100`
  socket.write(`${head}\r\nExpect: 100-continue\r\n\r\nstop=`)
  // The server is reading by now.
  await new Promise((resolve) => socket.once('data', resolve))
  socket.destroy()
  await until(() => api.log.some((line) => line.includes('page unsubscribe')))
  expect(api.log.filter((line) => JSON.parse(line).level >= 40)).toEqual([])
})

test('unsubscribing waits for no broadcast, which is being recorded and refers to the member', async () => {
  const { sent, posts, settings, bob, pool } = await begin()
  await posts()
  const recording = await pool.connect()
  try {
    await recording.query('BEGIN')
    // As the check of a foreign key does.
    await recording.query('SELECT FROM "Member" WHERE id = $1 FOR KEY SHARE', [bob.id])
    expect((await post(linkOf(sent[0] as OutgoingEmail), ONE_CLICK)).status).toBe(200)
    expect(await settings()).toHaveLength(1)
  } finally {
    await recording.query('ROLLBACK')
    recording.release()
  }
})

test('a mute of a thread silences mentions in it; a kind of watches ends by email for all of them', async () => {
  const { sent, posts, bob, category, watches, refuses, settings, alice, chain, notify } = await begin()
  await refuses(bob, 'FORUM_THREAD_CREATOR')
  await refuses(bob, 'FORUM_THREAD_CONTRIBUTOR')
  await watches(bob, 'FORUM_CATEGORY_ENTITY_POST', category)
  const other = chain.categoryCreated('Other')
  await watches(bob, 'FORUM_CATEGORY_ENTITY_POST', other)
  await posts()
  await post(linkOf(sent[0] as OutgoingEmail), ONE_CLICK)
  expect((await settings()).filter(({ entityId }) => entityId)).toEqual([
    { kind: 'FORUM_CATEGORY_ENTITY_POST', entityId: category.id, shouldNotify: true, shouldNotifyByEmail: false },
    { kind: 'FORUM_CATEGORY_ENTITY_POST', entityId: other.id, shouldNotify: true, shouldNotifyByEmail: false },
  ])
  const thread = chain.threadCreated({
    by: alice,
    in: other,
    title: 'Seeds',
    text: `Hi [@bob](#mention?member-id=${bob.id})`,
  })
  await notify()
  await post(linkOf(sent[1] as OutgoingEmail), 'stop=thing')
  chain.postAdded({ by: alice, in: thread, text: `And [@bob](#mention?member-id=${bob.id})` })
  await notify()
  expect(sent).toHaveLength(2)
})

test('a page takes GET, HEAD and POST, and says so', async () => {
  const { sent, posts } = await begin()
  await posts()
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const answer = await fetch(linkOf(sent[0] as OutgoingEmail), {
      method,
      headers: { origin: 'https://evil.example' },
    })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  }
})

describe('a token', () => {
  test.each(['', '/', '/x', '/%zz', '/x/y', `/${'x'.repeat(3_000)}`])(
    'that a mail program broke brings a page in words: %#',
    async (rest) => {
      const { api } = await begin()
      for (const page of ['unsubscribe', 'preferences', 'verify-email']) {
        for (const method of ['GET', 'POST']) {
          const answer = await fetch(`${api.url}/${page}${rest}`, { method })
          expect(answer.status).toBe(404)
          expect(await answer.text()).toContain('This link does not work')
        }
      }
    },
  )

  test('that was changed, or of another scope, opens nothing', async () => {
    const { sent, posts, settings } = await begin()
    await posts()
    const link = linkOf(sent[0] as OutgoingEmail)
    const preferences = /http\S+\/preferences\/\S+/.exec(sent[0]?.text ?? '')?.[0] ?? ''
    expect(preferences).not.toBe('')
    const wrong = [`${link}x`, link.replace(/[^/]*$/, 'x'), preferences.replace('preferences', 'unsubscribe')]
    for (const address of wrong) expect((await post(address, ONE_CLICK)).status, address).toBe(404)
    expect(await settings()).toEqual([])
  })

  test('of one member changes no other', async () => {
    const { sent, posts, db, alice } = await begin()
    await posts()
    await post(linkOf(sent[0] as OutgoingEmail), 'stop=all')
    expect((await db.member.findUnique({ where: { id: Number(alice.id) } }))?.receiveEmails).toBe(true)
  })

  test('of a member who is gone says so', async () => {
    const { sent, posts, db, bob } = await begin()
    await posts()
    await db.member.delete({ where: { id: Number(bob.id) } })
    expect((await post(linkOf(sent[0] as OutgoingEmail), ONE_CLICK)).status).toBe(404)
  })
})

test('without a public address, emails have no header to unsubscribe, and lead to the settings of the app', async () => {
  const { sent, posts, pool } = await begin()
  await storePublicUrl(pool, undefined)
  await posts()
  expect(sent[0]?.headers).not.toHaveProperty('List-Unsubscribe')
  expect(sent[0]?.text).toContain('https://pioneer.example/#/settings')
  expect(sent[0]?.text).not.toContain('nsubscribe')
})

test('the requests of a mailbox provider for many members share no limit, those of one member do', async () => {
  const { sent, posts, pool, notify, alice, bob, chain, wants, ...s } = await begin()
  const limited = await serveApi({ ...s, sent, posts, pool, notify, alice, bob, chain, wants } as never, {
    requestsPerMinute: 3,
    trustedProxies: 1,
  })
  await storePublicUrl(pool, limited.url)
  await wants(alice, 'FORUM_THREAD_ALL')
  await posts()
  chain.threadCreated({ by: bob, in: s.category, title: 'Seeds', text: 'x' })
  await notify()
  const from = { ...FORM, 'x-forwarded-for': '198.51.100.7' }
  const [ofBob = '', ofAlice = ''] = sent.map(linkOf)
  // The first request reads the key.
  const statuses: number[] = []
  for (const link of [ofBob, ofBob, ofBob, ofBob, ofBob, ofAlice, `${ofAlice}x`, `${ofAlice}x`, `${ofAlice}x`]) {
    const answer = await post(link, ONE_CLICK, from)
    statuses.push(answer.status)
    if (answer.status !== 429) continue
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await answer.text()).toMatch(/<h1>Too many requests<\/h1>\s*<div><p>Try again in \d+ seconds\.</)
  }
  expect(statuses).toEqual([200, 200, 200, 200, 429, 200, 404, 404, 429])
})

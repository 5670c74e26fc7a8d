import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { generalSwitches } from '../../src/events/kinds.ts'
import { saveCalm } from '../../src/members/calm.ts'
import { signConfirmation } from '../../src/members/confirmation.ts'
import { linksOf } from '../../src/members/email-links.ts'
import { readLinkKey } from '../../src/members/links.ts'
import { createWallet, type Wallet, watches } from '../support/accounts.ts'
import { serveApi } from '../support/api.ts'
import { browsing, hasChromium } from '../support/chromium.ts'
import { stories } from '../support/story.ts'

const story = stories()
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Bob, who watches a thread and a proposal, and mutes a category. */
async function begin() {
  const s = await story()
  const api = await serveApi(s)
  const [alice, bob] = [await s.member('alice'), await s.member('bob', { email: 'bob.builder@example.org' })]
  const category = s.chain.categoryCreated('Off topic')
  const thread = s.chain.threadCreated({ by: alice, in: category, title: 'Plants & <b>pots</b>', text: 'x' })
  s.chain.commitBlock()
  await s.watches(bob, 'FORUM_THREAD_ENTITY_POST', thread)
  await s.mutes(bob, 'FORUM_CATEGORY_ENTITY_THREAD', category)
  const memberId = Number(bob.id)
  const key = await readLinkKey(s.pool)
  const links = linksOf(
    { publicUrl: api.url, key },
    { memberId, kind: 'FORUM_POST_REPLY', thing: { type: 'thread', id: thread.id } },
  )
  const confirm = (address: string) => `${api.url}/verify-email/${signConfirmation(key, memberId, address, Date.now())}`
  const settings = async () => {
    const rows = await s.db.subscription.findMany({ where: { memberId }, orderBy: { id: 'asc' } })
    return rows.map(({ kind, entityId, shouldNotify, shouldNotifyByEmail }) => [
      kind,
      entityId,
      shouldNotify,
      shouldNotifyByEmail,
    ])
  }
  const member = () => s.db.member.findUniqueOrThrow({ where: { id: memberId } })
  return { ...s, api, alice, bob, category, thread, links, confirm, settings, member }
}

/** The form of a page as a browser without scripts sends it. */
function formOf(markup: string): URLSearchParams {
  const form = new URLSearchParams()
  for (const [tag] of markup.matchAll(/<input [^>]*>/g)) {
    const [, type] = /type="(\w+)"/.exec(tag) ?? []
    if (type === 'checkbox' && !/ checked/.test(tag)) continue
    form.append(/name="([^"]*)"/.exec(tag)?.[1] ?? '', /value="([^"]*)"/.exec(tag)?.[1] ?? '')
  }
  for (const [, name = '', options = ''] of markup.matchAll(/<select name="([^"]*)">(.*?)<\/select>/gs)) {
    form.append(name, /value="([^"]*)" selected/.exec(options)?.[1] ?? '')
  }
  return form
}
const send = (link: string, body: URLSearchParams) => fetch(link, { method: 'POST', body })

describe('preferences', () => {
  test('saving what the page shows changes nothing: a default stays a default', async () => {
    const { links, settings, member } = await begin()
    const [before, memberBefore] = [await settings(), await member()]
    const form = formOf(await (await fetch(links.preferences)).text())
    const answer = await send(links.preferences, form)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('Saved.')
    expect(await settings()).toEqual(before)
    expect({ ...(await member()), updatedAt: 0 }).toEqual({ ...memberBefore, updatedAt: 0 })
  })

  test('watched accounts are listed by label and a part of the address, and one that is unticked is removed', async () => {
    const { links, alice, bob, db } = await begin()
    const [cold, ledger, later] = ['cold', 'ledger', 'later'].map((name) => createWallet(name)) as [
      Wallet,
      Wallet,
      Wallet,
    ]
    const none = await (await fetch(links.preferences)).text()
    expect(none).toMatch(/<h2>Accounts<\/h2>/)
    await watches({ db }, bob, cold, 'cold <wallet>')
    await watches({ db }, bob, ledger, 'ledger')
    await watches({ db }, alice, cold, 'box of alice')
    const markup = await (await fetch(links.preferences)).text()
    for (const wallet of [cold, ledger]) {
      expect(markup).toContain(`${wallet.address().slice(0, 5)}…${wallet.address().slice(-5)}`)
      for (const secret of [wallet.address(), wallet.key]) expect(markup).not.toContain(secret)
    }
    expect(markup).toContain('cold &#60;wallet&#62;')
    expect(markup).not.toContain('box of alice')
    const form = formOf(markup)
    const ids = form.getAll('account')
    expect(ids).toHaveLength(2)
    // Added elsewhere since the page was made, and not on it.
    await watches({ db }, bob, later, 'later')
    form.delete('account', ids[0])
    // Nobody removes an account of somebody else.
    const hers = await db.watchedAccount.findFirstOrThrow({ where: { memberId: Number(alice.id) } })
    form.append('saved', `account=${hers.id}`)
    expect((await send(links.preferences, form)).status).toBe(200)
    const left = await db.watchedAccount.findMany({ orderBy: { id: 'asc' } })
    expect(left.map(({ label }) => label)).toEqual(['ledger', 'box of alice', 'later'])
  })

  test('one form saves switches, frequency, pause, watches and mutes', async () => {
    const { links, settings, member } = await begin()
    const form = formOf(await (await fetch(links.preferences)).text())
    const ids = [...form.keys()].filter((name) => name.startsWith('entity-'))
    expect(ids.map((name) => form.get(name))).toEqual(['MUTE', 'WATCH'])
    for (const [name, value] of Object.entries({
      emailFrequency: 'WEEKLY',
      digestHour: '20',
      digestWeekday: '7',
      timeZone: 'Europe/Berlin',
      pauseDay: '2027-03-28',
      [ids[0] ?? '']: 'DEFAULT',
      [ids[1] ?? '']: 'MUTE',
    }))
      form.set(name, value)
    form.delete('urgentImmediately')
    form.delete('app', 'FORUM_POST_REPLY')
    form.append('email', 'PROPOSAL_VOTE_ALL')
    form.delete('receiveEmails')
    expect((await send(links.preferences, form)).status).toBe(200)
    expect(await settings()).toEqual([
      ['FORUM_THREAD_ENTITY_POST', '1', false, false],
      ['FORUM_POST_REPLY', null, false, true],
      ['PROPOSAL_VOTE_ALL', null, false, true],
    ])
    expect(await member()).toMatchObject({
      receiveEmails: false,
      emailFrequency: 'WEEKLY',
      digestHour: 20,
      digestWeekday: 7,
      timeZone: 'Europe/Berlin',
      urgentImmediately: false,
      pauseEmailsUntil: new Date('2027-03-27T23:00:00Z'),
    })
    const again = formOf(await (await fetch(links.preferences)).text())
    expect(again.get('pauseDay')).toBe('2027-03-28')
    again.set('pauseDay', '')
    await send(links.preferences, again)
    expect((await member()).pauseEmailsUntil).toBeNull()
  })

  test.each([
    ['timeZone', 'Mars/Olympus'],
    ['timeZone', "UTC'; DROP TABLE"],
    ['digestHour', '24'],
    ['digestWeekday', 'Monday'],
    ['emailFrequency', 'NEVER'],
    ['digestHour', ''],
    ['pauseDay', '2027-02-30'],
    ['pauseDay', '0000-01-01'],
    ['pauseDay', '9999-01-01'],
    ['pauseDay', 'tomorrow'],
    ['form', 'another'],
  ])('%s %j is refused in words, and nothing else is saved', async (name, value) => {
    const { links, settings, member } = await begin()
    const before = await settings()
    const form = formOf(await (await fetch(links.preferences)).text())
    form.set(name, value)
    form.append('email', 'PROPOSAL_VOTE_ALL')
    const answer = await send(links.preferences, form)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toMatch(/role="alert">Nothing was saved[^<]+\.</)
    expect(await settings()).toEqual(before)
    expect((await member()).emailFrequency).toBe('IMMEDIATE')
  })

  test('a page that stood open changes only what its member changed on it', async () => {
    const { links, db, bob, settings, member, sets } = await begin()
    await sets(bob, 'FORUM_POST_REPLY', { inApp: true, byEmail: true })
    const form = formOf(await (await fetch(links.preferences)).text())
    const [muted = '', watched = ''] = [...form.keys()].filter((name) => name.startsWith('entity-'))
    // Meanwhile, in a mail program and in the app.
    await send(links.unsubscribe, new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }))
    await send(links.unsubscribe, new URLSearchParams({ stop: 'all' }))
    const id = Number(watched.split('-')[1])
    await db.subscription.update({ where: { id }, data: { shouldNotify: false, shouldNotifyByEmail: false } })
    await db.member.update({
      where: { id: Number(bob.id) },
      data: { emailFrequency: 'WEEKLY', urgentImmediately: false },
    })

    form.set('digestHour', '20')
    form.set(muted, 'WATCH')
    form.delete('app', 'FORUM_POST_REPLY')
    form.append('app', 'FORUM_POST_ALL')
    expect((await send(links.preferences, form)).status).toBe(200)
    expect(await member()).toMatchObject({
      receiveEmails: false,
      emailFrequency: 'WEEKLY',
      urgentImmediately: false,
      digestHour: 20,
    })
    expect(await settings()).toEqual([
      ['FORUM_THREAD_ENTITY_POST', '1', false, false],
      ['FORUM_CATEGORY_ENTITY_THREAD', '1', true, true],
      ['FORUM_POST_REPLY', null, false, false],
      ['FORUM_POST_ALL', null, true, false],
    ])
  })

  test('a mistake loses nothing that the member entered beside it', async () => {
    const { links, settings, member } = await begin()
    const form = formOf(await (await fetch(links.preferences)).text())
    const [name = ''] = [...form.keys()].filter((name) => name.startsWith('entity-'))
    form.set('emailFrequency', 'DAILY')
    form.set('timeZone', 'Asia/Tokyo')
    form.set(name, 'WATCH')
    form.append('email', 'PROPOSAL_VOTE_ALL')
    form.delete('receiveEmails')
    form.set('pauseDay', '2999-01-01')
    const refused = await (await send(links.preferences, form)).text()
    expect(refused).toContain('value="2999-01-01"')
    const again = formOf(refused)
    again.set('pauseDay', '')
    expect((await send(links.preferences, again)).status).toBe(200)
    expect(await member()).toMatchObject({ receiveEmails: false, emailFrequency: 'DAILY', timeZone: 'Asia/Tokyo' })
    expect(await settings()).toEqual([
      ['FORUM_THREAD_ENTITY_POST', '1', true, true],
      ['FORUM_CATEGORY_ENTITY_THREAD', '1', true, true],
      ['PROPOSAL_VOTE_ALL', null, false, true],
    ])
  })

  test('a member whose app spells the time zone in another case can pause emails here', async () => {
    const { links, db, bob, member } = await begin()
    await db.member.update({ where: { id: Number(bob.id) }, data: { timeZone: 'asia/kolkata' } })
    const form = formOf(await (await fetch(links.preferences)).text())
    const day = new Date(Date.now() + 100 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10)
    form.set('pauseDay', day)
    expect((await send(links.preferences, form)).status).toBe(200)
    expect((await member()).pauseEmailsUntil).toEqual(new Date(`${day}T00:00:00+05:30`))
  })

  test('offers the old and the new name of a place, and nothing that cannot be saved', async () => {
    const { links, pool, bob, member } = await begin()
    const markup = await (await fetch(links.preferences)).text()
    const [, options = ''] = /<select name="timeZone">(.*?)<\/select>/s.exec(markup) ?? []
    const zones = [...options.matchAll(/value="([^"]*)"/g)].map(([, zone = '']) => zone)
    expect(zones.slice(0, 2)).toEqual(['UTC', 'Africa/Abidjan'])
    expect(new Set(zones).size).toBe(zones.length)
    for (const timeZone of ['Asia/Kolkata', 'Asia/Calcutta', 'Europe/Kyiv', 'Europe/Kiev', 'Europe/Berlin']) {
      expect(zones).toContain(timeZone)
      await inTransaction(pool, (transaction) => saveCalm(transaction, Number(bob.id), { timeZone }))
      expect((await member()).timeZone).toBe(timeZone)
    }
    const { rowCount } = await pool.query('SELECT now() AT TIME ZONE zone FROM unnest($1::text[]) AS zone', [zones])
    expect(rowCount).toBe(zones.length)
  })

  test('of forms that are sent at once, each is saved', async () => {
    const { links, settings } = await begin()
    const markup = await (await fetch(links.preferences)).text()
    const changes = [
      (form: URLSearchParams) => form.delete('app', 'FORUM_POST_REPLY'),
      (form: URLSearchParams) => form.delete('email', 'FORUM_POST_REPLY'),
    ]
    const sent = changes.map((change) => {
      const form = formOf(markup)
      change(form)
      return send(links.preferences, form)
    })
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([200, 200])
    expect(await settings()).toContainEqual(['FORUM_POST_REPLY', null, false, false])
  })

  test('a form that was cut short changes nothing', async () => {
    const { links, settings, member } = await begin()
    const form = formOf(await (await fetch(links.preferences)).text())
    form.delete('receiveEmails')
    form.append('email', 'PROPOSAL_VOTE_ALL')
    const before = await settings()
    const half = String(form).slice(0, String(form).length / 2)
    expect((await send(links.preferences, new URLSearchParams(half))).status).toBe(400)
    expect(await settings()).toEqual(before)
    expect((await member()).receiveEmails).toBe(true)
  })

  test('a title or name that turns the direction of text turns nothing but itself', async () => {
    const { links, chain, alice, category, bob, watches, db, api, pool } = await begin()
    const title = '\u202eevil \u2066'
    const thread = chain.threadCreated({ by: alice, in: category, title, text: 'x' })
    chain.commitBlock()
    await watches(bob, 'FORUM_THREAD_ENTITY_POST', thread)
    await db.member.update({ where: { id: Number(bob.id) }, data: { name: title } })
    const about = {
      memberId: Number(bob.id),
      kind: 'FORUM_POST_REPLY',
      thing: { type: 'thread', id: thread.id },
    } as const
    const { unsubscribe } = linksOf({ publicUrl: api.url, key: await readLinkKey(pool) }, about)
    for (const [link, times] of [
      [links.preferences, 2],
      [unsubscribe, 1],
    ] as const) {
      const markup = await (await fetch(link)).text()
      expect(markup.split('\u202e').length - 1).toBe(times)
      expect(markup.split(`<bdi>${title}</bdi>`).length - 1).toBe(times)
    }
  })

  test("shows the address masked, no token, no way to change the address, and no other member's settings", async () => {
    const { links, alice, mutes, category } = await begin()
    await mutes(alice, 'FORUM_CATEGORY_ENTITY_POST', category)
    const markup = await (await fetch(links.preferences)).text()
    expect(markup).toContain('bo•••@ex•••.org')
    expect(markup).not.toContain('bob.builder')
    expect(markup).not.toContain(links.preferences.split('/').at(-1))
    expect(markup).not.toMatch(/type="(email|text)"/)
    expect(markup).not.toContain('Posts in this category')
    expect(markup).toContain('Plants &#38; &#60;b&#62;pots&#60;/b&#62;')
  })

  test('beside its switches, each kind says how much it would bring', async () => {
    const { links, chain, alice, category: muted, notify, begins } = await begin()
    const category = chain.categoryCreated('Gardens')
    await begins()
    for (const title of ['One', 'Two', 'Three']) chain.threadCreated({ by: alice, in: category, title, text: 'x' })
    chain.threadCreated({ by: alice, in: muted, title: 'Four', text: 'x' })
    await notify()
    const markup = await (await fetch(links.preferences)).text()
    const [, amount] =
      /value="FORUM_THREAD_ALL"[^>]*>By email<\/label>\s*<span class="amount">([^<]*)</.exec(markup) ?? []
    expect(amount).toBe('3 in 30 days')
    expect(markup.match(/class="amount"/g)).toHaveLength(Object.keys(generalSwitches).length)
  })

  test('the page comes without numbers while they cannot be counted', async () => {
    const { links, pool, api } = await begin()
    const locking = await pool.connect()
    await locking.query('BEGIN')
    await locking.query('LOCK TABLE "Event" IN ACCESS EXCLUSIVE MODE')
    try {
      // The second waits for the first, which takes as long as it may.
      const pages = await Promise.all([fetch(links.preferences), fetch(links.preferences)])
      for (const page of pages) {
        expect(page.status).toBe(200)
        expect(await page.text()).not.toContain('class="amount"')
      }
    } finally {
      await locking.query('ROLLBACK')
      locking.release()
    }
    expect(api.log.filter((line) => line.includes('A page shows no numbers'))).toHaveLength(2)
    expect(await (await fetch(links.preferences)).text()).toContain('class="amount"')
  })

  test('what a page does not show stays as it is', async () => {
    const { links, settings, watches, bob, sets } = await begin()
    await sets(bob, 'WG_SPENDING_ALL', { inApp: true, byEmail: true })
    const form = formOf(await (await fetch(links.preferences)).text())
    form.delete('shown', 'WG_SPENDING_ALL')
    form.delete('app', 'WG_SPENDING_ALL')
    form.delete('email', 'WG_SPENDING_ALL')
    await watches(bob, 'PROPOSAL_ENTITY_VOTE', { id: '77' })
    const before = await settings()
    await send(links.preferences, form)
    expect(await settings()).toEqual(before)
  })

  test('a link of another scope, or of nobody, opens nothing', async () => {
    const { links, api, db, bob, confirm } = await begin()
    const token = links.unsubscribe.split('/').at(-1)
    for (const wrong of [token, confirm('a@example.org').split('/').at(-1), 'x', `${token}.${token}`]) {
      expect((await fetch(`${api.url}/preferences/${wrong}`)).status).toBe(404)
    }
    await db.member.delete({ where: { id: Number(bob.id) } })
    expect((await fetch(links.preferences)).status).toBe(404)
    expect((await send(links.preferences, new URLSearchParams({ form: 'preferences' }))).status).toBe(404)
  })
})

describe('confirming an address', () => {
  test('takes a button: opening the page changes nothing', async () => {
    const { db, bob, confirm, member } = await begin()
    await db.member.update({ where: { id: Number(bob.id) }, data: { unverifiedEmail: 'new@example.org' } })
    const link = confirm('new@example.org')
    for (const method of ['GET', 'HEAD']) expect((await fetch(link, { method })).status).toBe(200)
    expect((await member()).email).toBe('bob.builder@example.org')
    const answer = await fetch(link, { method: 'POST' })
    expect(await answer.text()).toContain('n•••@ex•••.org')
    expect((await member()).email).toBe('new@example.org')
    expect((await fetch(link, { method: 'POST' })).status).toBe(200)
  })

  test('of an address that was replaced, or with a damaged link, says so', async () => {
    const { confirm, member } = await begin()
    expect((await fetch(confirm('new@example.org'), { method: 'POST' })).status).toBe(404)
    expect((await fetch(`${confirm('new@example.org')}x`)).status).toBe(404)
    expect((await member()).email).toBe('bob.builder@example.org')
  })
})

/** @returns what axe finds, in one line each */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found = (await page.evaluate('axe.run()')) as { violations: { id: string; nodes: { html: string }[] }[] }
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

describe.skipIf(!hasChromium('How pages look and work'))('in a browser', () => {
  const open = browsing()
  const sizes = [320, 768, 1280].flatMap((width) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
  )

  test.each(sizes)(
    '$width pixels, $colorScheme: everybody can read and use the pages',
    async ({ width, colorScheme }) => {
      const { links, confirm } = await begin()
      // axe comes by the inspector's way: the pages themselves allow no script.
      const page = await open({ viewport: { width, height: 800 }, colorScheme, bypassCSP: true })
      const requests: string[] = []
      page.on('request', (request) => requests.push(request.url()))
      for (const link of [links.preferences, links.unsubscribe, confirm('bob@example.org')]) {
        await page.goto(link)
        expect(await violations(page)).toEqual([])
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
        expect(await page.evaluate('document.scripts.length')).toBe(0)
        for (const target of await page.locator('button, select, label.switch, input[type=date]').all()) {
          const box = await target.boundingBox()
          expect(Math.round(box?.height ?? 0)).toBeGreaterThanOrEqual(44)
        }
        if (process.env.SCREENSHOTS) {
          const name = new URL(link).pathname.split('/')[1]
          await page.screenshot({
            path: `${process.env.SCREENSHOTS}/${name}-${width}-${colorScheme}.png`,
            fullPage: true,
          })
        }
      }
      expect(requests.filter((url) => !url.startsWith('data:'))).toHaveLength(3)
      await page.close()
    },
  )

  test.each(['light', 'dark'] as const)(
    '%s: what is stopped, and a form with a mistake, read as well',
    async (colorScheme) => {
      const { links } = await begin()
      const page = await open({ viewport: { width: 320, height: 800 }, colorScheme, bypassCSP: true })
      for (const stop of ['thing', 'kind', 'all']) await send(links.unsubscribe, new URLSearchParams({ stop }))
      await page.goto(links.unsubscribe)
      expect(await page.getByRole('button').allInnerTexts()).toEqual([
        'Unmute this thread',
        'Send emails of this kind again',
        'Send me emails again',
      ])
      expect(await violations(page)).toEqual([])
      if (process.env.SCREENSHOTS)
        await page.screenshot({ path: `${process.env.SCREENSHOTS}/stopped-${colorScheme}.png`, fullPage: true })
      await page.goto(links.preferences)
      await page.getByLabel('No emails before').fill('2999-01-01')
      await page.getByLabel('When emails come').selectOption('WEEKLY')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('alert').waitFor()
      expect(await page.getByLabel('When emails come').inputValue()).toBe('WEEKLY')
      expect(await page.getByLabel('No emails before').inputValue()).toBe('2999-01-01')
      expect(await violations(page)).toEqual([])
      if (process.env.SCREENSHOTS)
        await page.screenshot({ path: `${process.env.SCREENSHOTS}/mistake-${colorScheme}.png` })
      await page.close()
    },
  )

  test('a member without scripts saves by keyboard with one click, and unsubscribes and comes back', async () => {
    const { links, settings, member } = await begin()
    const page = await open({ javaScriptEnabled: false })
    const referrers: (string | undefined)[] = []
    page.on('request', (request) => referrers.push(request.headers().referer))
    await page.goto(links.preferences)
    await page.getByRole('group', { name: 'Any new proposal', exact: true }).getByLabel('By email').check()
    await page.getByLabel('When emails come').selectOption('DAILY')
    await page.getByLabel('Plants & <b>pots</b>').selectOption('MUTE')
    await page.getByRole('button', { name: 'Save' }).press('Enter')
    await page.getByRole('status').waitFor()
    expect(await settings()).toContainEqual(['PROPOSAL_CREATED_ALL', null, false, true])
    expect(await settings()).toContainEqual(['FORUM_THREAD_ENTITY_POST', '1', false, false])
    expect((await member()).emailFrequency).toBe('DAILY')

    await page.goto(links.unsubscribe)
    await page.getByRole('button', { name: 'No more emails at all' }).click()
    await page.getByRole('status').waitFor()
    expect((await member()).receiveEmails).toBe(false)
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('heading', { name: 'Subscribed again' }).waitFor()
    expect((await member()).receiveEmails).toBe(true)
    await page.getByRole('link', { name: 'choose what you hear about' }).click()
    await page.getByRole('heading', { name: 'Your notifications' }).waitFor()
    expect(referrers.filter(Boolean)).toEqual([])
    await page.close()
  })
})

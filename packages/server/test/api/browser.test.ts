import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mention } from 'query-node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serveApi } from '../support/api.ts'
import { guideScript } from '../support/api-guide.ts'
import { browsing, hasChromium } from '../support/chromium.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

describe.skipIf(!hasChromium('What browsers make of the API'))('in a browser', () => {
  const openBrowser = browsing()

  /** Opens a page and collects its complaints: errors, policy violations, requests to other origins. */
  async function open(...origins: string[]) {
    const page = await openBrowser()
    onTestFinished(() => page.close())
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (entry) => entry.type() === 'error' && complaints.push(entry.text()))
    // Observed, not intercepted: with interception, Playwright answers preflights itself.
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url())
      if (protocol !== 'blob:' && !origins.includes(origin)) complaints.push(`requested ${request.url()}`)
    })
    return { page, complaints }
  }

  /** Opens a blank page of another origin that serves the guide's script for the stream. */
  async function openOtherOrigin(apiUrl: string) {
    const site = await serveSite({ '/live.js': await guideScript('The live stream') })
    const opened = await open(apiUrl, site)
    await opened.page.goto(site)
    return opened
  }

  test('GraphiQL works without the internet, under its strict policy', async () => {
    const api = await serveApi(await createStory(), { graphiql: true })
    const { page, complaints } = await open(api.url)
    await page.goto(api.url)
    await page.getByRole('button', { name: 'Execute query' }).click()
    await page.locator('.graphiql-response', { hasText: '"memberExist": false' }).waitFor()
    expect(complaints).toEqual([])
  })

  test('GraphiQL of the demo starts with a token, and its first query shows the notifications of that member', async () => {
    const story = await createStory()
    const bob = await story.member('bob')
    const dave = story.stranger('dave')
    const category = story.chain.categoryCreated('General')
    const thread = story.chain.threadCreated({ by: dave, in: category, title: 'Plants', text: 'Water them.' })
    await story.begins()
    story.chain.postAdded({ by: dave, in: thread, text: mention(bob) })
    await story.notify()
    const demoToken = story.tokens.auth(Number(bob.id))
    const api = await serveApi(story, { graphiql: true, demoToken })
    const { page, complaints } = await open(api.url)
    await page.goto(api.url)
    await page.getByRole('button', { name: 'Execute query' }).click()
    await page.locator('.graphiql-response', { hasText: 'dave mentioned you in “Plants”' }).waitFor()
    await page.getByRole('button', { name: 'Headers' }).click()
    await page.locator('.graphiql-editor', { hasText: 'Authorization' }).first().waitFor()
    // A second visit finds what GraphiQL keeps in the browser.
    await page.reload()
    await page.getByRole('button', { name: 'Execute query' }).click()
    await page.locator('.graphiql-response', { hasText: 'dave mentioned you in “Plants”' }).waitFor()
    expect(complaints).toEqual([])
  })

  test('a page on another origin calls the API, and follows the live stream through a restart of it', async () => {
    const story = await createStory()
    const bob = await story.member('bob')
    const dave = story.stranger('dave')
    const thread = story.chain.threadCreated({
      by: dave,
      in: story.chain.categoryCreated('General'),
      title: 'Plants',
      text: 'Water them.',
    })
    await story.begins()
    async function mentionBob() {
      story.chain.postAdded({ by: dave, in: thread, text: mention(bob) })
      await story.notify()
      return (await story.notificationOf(bob)).id
    }
    const api = await serveApi(story)
    const { page, complaints } = await openOtherOrigin(api.url)
    const call = { url: api.url, token: api.tokenOf(bob), after: 0 }
    const me = await page.evaluate(`
      fetch('${call.url}', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: 'Bearer ${call.token}' },
        body: JSON.stringify({ query: '{ me { name } }' }),
      }).then((response) => response.json())`)
    expect(me).toEqual({ data: { me: { name: 'bob' } } })

    const received: number[] = []
    await page.exposeFunction('receive', ({ id }: { id: number }) => void received.push(id))
    const receives = (...ids: number[]) => expect.poll(() => received).toEqual(ids)
    const following = page.evaluate(`(async () => {
      const { liveNotifications } = await import('/live.js')
      const leaving = new AbortController()
      globalThis.leave = () => leaving.abort()
      for await (const notification of liveNotifications({ ...${JSON.stringify(call)}, signal: leaving.signal })) {
        await receive(notification)
      }
    })()`)
    const first = await mentionBob()
    await receives(first)
    await api.close()
    const missed = [await mentionBob(), await mentionBob()]
    await serveApi(story, { port: Number(new URL(api.url).port) })
    await receives(first, ...missed)
    const last = await mentionBob()
    await receives(first, ...missed, last)
    await page.evaluate('leave()')
    await following
    // The browser reports the API's downtime.
    expect(complaints.filter((text) => !text.includes('net::ERR_'))).toEqual([])
  })

  test('a page with an invalid token gets the error instead of reconnecting forever', async () => {
    const api = await serveApi(await createStory())
    const { page } = await openOtherOrigin(api.url)
    const code = await page.evaluate(`(async () => {
      const { liveNotifications } = await import('/live.js')
      const { signal } = new AbortController()
      return liveNotifications({ url: '${api.url}', token: 'nonsense', signal }).next().catch(({ code }) => code)
    })()`)
    expect(code).toBe('UNAUTHENTICATED')
  })
})

/** Serves a blank page and these scripts from an origin of their own. */
async function serveSite(scripts: Record<string, string>): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', scripts[url] ? 'text/javascript' : 'text/html')
    response.end(scripts[url] ?? '<!doctype html>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

import { describe, expect, test } from 'vitest'
import { createComposer } from '../../src/emails/compose.ts'
import type { Notified as News } from '../../src/emails/notified.ts'
import { digest } from '../../src/emails/types/digest.ts'
import { notification } from '../../src/emails/types/notification.ts'
import { ANYBODY } from '../../src/events/addressee.ts'
import { eventOfType } from '../../src/events/list.ts'
import type { ComposedEmail } from '../../src/outbox/email-types.ts'
import { browsing, hasChromium } from '../support/chromium.ts'

const context = {
  pioneerUrl: 'https://pioneer.example',
  emailMaxAgeMs: 1,
  emailSender: 'Pioneer <notifications@example.org>',
}
const composeLetter = await createComposer(context)
const compose = (news: News) => composeLetter(notification.compose(news, context))
const sample = (kind: string): News => {
  const sample = notification.samples().find(({ name }) => name === kind)
  if (!sample) throw new Error(`There is no sample of ${kind}`)
  return sample.content as News
}
const reply = sample('FORUM_POST_REPLY')
const attack = '<img src="https://evil.example/a.png" onerror="hacked=1"><script>hacked=1</script>'

const longest = digest.samples().find(({ name }) => name === 'long-digest')?.content as { items: News[] }
const digestOf = (change: (news: News) => News) =>
  composeLetter(digest.compose({ ...longest, items: longest.items.map(change) }, context))
const digests: [string, () => ComposedEmail][] = [
  ['a digest', () => digestOf((news) => news)],
  [
    'a digest of titles without spaces',
    () =>
      digestOf(({ data, ...news }) => ({
        ...news,
        data: { ...data, thread: 'x'.repeat(400), proposal: 'y'.repeat(400), excerpt: 'z'.repeat(240) },
      })),
  ],
  [
    'a digest of attacks',
    () =>
      digestOf(({ data, ...news }) => ({
        ...news,
        data: { ...data, thread: attack, proposal: attack, excerpt: attack },
      })),
  ],
]

const wordsOf = ({ eventType, data, kind }: News) => eventOfType(eventType).words(data, kind, ANYBODY)

const emails: [string, News][] = [
  ['a reply', reply],
  ['an election', sample('ELECTION_COUNCIL_ELECTED')],
  ['a payment', sample('WG_SPENDING_ALL')],
  ['a title without spaces', { ...reply, data: { ...reply.data, thread: 'x'.repeat(400), excerpt: 'y'.repeat(240) } }],
  ['an attack', { ...reply, name: attack, data: { ...reply.data, thread: attack, excerpt: attack } }],
]

test('a digest of fifty long texts is not clipped by Gmail', () => {
  for (const text of ['x', 'ж', '漢', '🌵']) {
    const data = { ...reply.data, thread: text.repeat(1_000), excerpt: text.repeat(1_000) }
    const items = Array.from({ length: 50 }, (_, n) => ({ ...reply, data: { ...data, threadId: String(n) } }))
    const { html } = composeLetter(digest.compose({ ...longest, items }, context))
    expect(Buffer.byteLength(html)).toBeLessThan(102_000)
  }
})

describe.skipIf(!hasChromium('How emails look'))('in a browser', () => {
  const open = browsing()

  /** Opens an email that fits, runs nothing and asks nobody. */
  async function openHarmless(html: string, width: number) {
    const page = await open({ viewport: { width, height: 800 } })
    const requests: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    await page.setContent(html, { waitUntil: 'load' })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    expect(await page.evaluate('document.scripts.length + document.images.length')).toBe(0)
    expect(await page.evaluate('typeof hacked')).toBe('undefined')
    expect(requests).toEqual([])
    return page
  }

  describe.each(emails)('%s', (_, news) => {
    test.each([375, 1200])('fits %i pixels, shows its button, runs nothing and asks nobody', async (width) => {
      const page = await openHarmless(compose(news).html, width)
      const { action, path } = wordsOf(news)
      const button = page.getByRole('link', { name: action, exact: true })
      await expect(button.isVisible()).resolves.toBe(true)
      expect(await button.getAttribute('href')).toBe(`https://pioneer.example${path}`)
      const box = await button.boundingBox()
      expect(box?.height).toBeGreaterThanOrEqual(40)
      expect((box?.x ?? 0) + (box?.width ?? width)).toBeLessThanOrEqual(width)
      await page.close()
    })
  })

  describe.each(digests)('%s', (_, composed) => {
    test.each([320, 1200])('fits %i pixels, links each piece of news, runs nothing and asks nobody', async (width) => {
      const page = await openHarmless(composed().html, width)
      const links = await page.locator('h2 ~ *, .text a').count()
      expect(links).toBeGreaterThanOrEqual(longest.items.length)
      const button = page.getByRole('link', { name: 'Open Pioneer', exact: true })
      expect(await button.getAttribute('href')).toBe('https://pioneer.example/#/')
      await page.close()
    })
  })

  test('a digest is readable in dark mode', async () => {
    const page = await open({ colorScheme: 'dark' })
    await page.setContent(digestOf((news) => news).html)
    const colors = await page.evaluate(`[...document.querySelectorAll('.card h2, .card a[dir], .card .dim')]
      .map((element) => getComputedStyle(element).color)`)
    const all = colors as string[]
    expect(all.length).toBeGreaterThan(longest.items.length)
    for (const color of all) expect(brightness(color)).toBeGreaterThan(140)
    await page.close()
  })

  test('is readable in dark mode', async () => {
    const page = await open({ colorScheme: 'dark' })
    await page.setContent(compose(reply).html)
    const colorOf = (selector: string, property: string) =>
      page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`)
    expect(brightness(await colorOf('.card', 'backgroundColor'))).toBeLessThan(60)
    expect(brightness(await colorOf('h1', 'color'))).toBeGreaterThan(200)
    expect(brightness(await colorOf('blockquote', 'color'))).toBeGreaterThan(150)
    await page.close()
  })
})

/** The mean of red, green and blue, to 255. */
function brightness(color: unknown): number {
  const [red = 0, green = 0, blue = 0] = String(color).match(/\d+/g)?.map(Number) ?? []
  return (red + green + blue) / 3
}

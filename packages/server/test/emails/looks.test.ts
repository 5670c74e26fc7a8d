import { describe, expect, test } from 'vitest'
import { createComposer } from '../../src/emails/compose.ts'
import type { Notified as News } from '../../src/emails/notified.ts'
import { notification } from '../../src/emails/types/notification.ts'
import { eventOfType } from '../../src/events/list.ts'
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

const wordsOf = ({ eventType, data, kind }: News) => eventOfType(eventType).words(data, kind)

const emails: [string, News][] = [
  ['a reply', reply],
  ['an election', sample('ELECTION_COUNCIL_ELECTED')],
  ['a payment', sample('WG_SPENDING_ALL')],
  ['a title without spaces', { ...reply, data: { ...reply.data, thread: 'x'.repeat(400), excerpt: 'y'.repeat(240) } }],
  ['an attack', { ...reply, name: attack, data: { ...reply.data, thread: attack, excerpt: attack } }],
]

describe.skipIf(!hasChromium('How emails look'))('in a browser', () => {
  const open = browsing()

  describe.each(emails)('%s', (_, news) => {
    test.each([375, 1200])('fits %i pixels, shows its button, runs nothing and asks nobody', async (width) => {
      const { html } = compose(news)
      const page = await open({ viewport: { width, height: 800 } })
      const requests: string[] = []
      page.on('request', (request) => requests.push(request.url()))
      await page.setContent(html, { waitUntil: 'load' })

      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      expect(await page.evaluate('document.scripts.length + document.images.length')).toBe(0)
      expect(await page.evaluate('typeof hacked')).toBe('undefined')
      expect(requests).toEqual([])

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

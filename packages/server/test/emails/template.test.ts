import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createComposer } from '../../src/emails/compose.ts'
import { htmlOf } from '../../src/emails/template.ts'

const { cache } = createRequire(import.meta.url)
const loaded = (name: string) => Object.keys(cache).some((file) => file.includes(`/node_modules/${name}/`))

test('the compiler of MJML, which takes seconds and 100 MB, is loaded by its own thread alone', async () => {
  const compose = await createComposer({ pioneerUrl: 'https://pioneer.example', emailSender: 'news@example.org' })
  const letter = {
    memberId: 2,
    name: 'Bob',
    headline: 'News',
    summary: 'There is news.',
    excerpt: null,
    action: 'Read',
    link: '#',
  }
  expect(compose({ ...letter, reason: 'you asked', kind: 'test', group: null }).html).toMatch(/^<!doctype html>/)
  expect(loaded('handlebars')).toBe(true)
  expect(loaded('mjml')).toBe(false)
})

test('a mistake in the template is reported, each time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'template-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'letter.mjml')
  await writeFile(file, '<mjml><mj-body><mj-texd>Hello</mj-texd></mj-body></mjml>')
  for (const _ of ['once', 'again']) await expect(htmlOf(file)).rejects.toThrow(/mj-texd/)
  await writeFile(
    file,
    '<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>',
  )
  expect(await htmlOf(file)).toContain('Hello')
})

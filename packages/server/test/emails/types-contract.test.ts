import { describe, expect, test } from 'vitest'
import { createComposer } from '../../src/emails/compose.ts'
import { emailTypes } from '../../src/emails/list.ts'
import { sampleEmails } from '../../src/emails/samples.ts'
import type { Conversation } from '../../src/events/define.ts'
import { entityKinds, generalKinds } from '../../src/events/kinds.ts'

// Every type of email passes by being listed.

const pioneerUrl = 'https://pioneer.example'
const context = {
  pioneerUrl,
  emailMaxAgeMs: 60_000,
  emailSender: 'Pioneer <notifications@example.org>',
}
const compose = await createComposer(context)
const samples = emailTypes.flatMap((type) =>
  type.samples().map((sample) => [`${type.name}: ${sample.group} ${sample.name}`, type, sample] as const),
)

test('every type has a name of its own, and a sample', () => {
  expect(new Set(emailTypes.map(({ name }) => name)).size).toBe(emailTypes.length)
  for (const type of emailTypes) expect(type.samples().length).toBeGreaterThan(0)
})

test('the samples cover each kind of notification and each other type, and only what a rule can produce', async () => {
  const all = await sampleEmails(context)
  const names = new Set(all.map(({ name }) => name))
  for (const kind of Object.keys({ ...generalKinds, ...entityKinds })) expect(names).toContain(kind)
  for (const { name } of emailTypes.slice(1)) expect(names).toContain(name)
  // An edit notifies those it mentions: the rules about mutes notify nobody.
  const edits = all.filter(({ group }) => group.endsWith('Updated') && group.startsWith('Post'))
  expect(edits.map(({ name }) => name)).not.toContain('FORUM_THREAD_ENTITY_POST')
})

const subjectIn = ({ title, opens }: Conversation) => (opens ? title : `Re: ${title}`)

describe.each(samples)('%s', (_, type, { content }) => {
  test('is sent to its recipient', () => {
    expect(type.decide(content, context)).toEqual({ to: 'bob@example.org' })
  })

  test('greets the recipient, leads to Pioneer, says why, and leaves nothing to fill in', () => {
    const letter = type.compose(content, context)
    const { subject, html, text } = compose(letter)
    expect(subject).toBe(letter.conversation ? subjectIn(letter.conversation) : letter.headline)
    expect(letter.link.startsWith(`${pioneerUrl}/#/`)).toBe(true)
    const greeting = letter.name === null ? 'Hello,' : `Hi ${letter.name},`
    for (const part of [greeting, letter.headline, letter.link, `You receive this because ${letter.reason}.`]) {
      expect(text).toContain(part)
    }
    for (const part of [subject, html, text]) expect(part).not.toMatch(/\{\{|\}\}|undefined|\[object|NaN/)
  })

  test('shows a name with markup as text', () => {
    const letter = type.compose({ ...(content as object), name: 'bob<script>alert(1)</script>' }, context)
    const { html } = compose(letter)
    if (letter.name !== null) expect(html).toContain('Hi bob&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).not.toMatch(/<script/i)
  })
})

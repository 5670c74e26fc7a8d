import { expect, test } from 'vitest'
import { createComposer } from '../../src/emails/compose.ts'
import type { Letter, LetterFact } from '../../src/emails/define.ts'

const compose = await createComposer({
  pioneerUrl: 'https://pioneer.example',
  emailSender: 'Pioneer <notifications@example.org>',
})

const letter: Letter = {
  memberId: 2,
  name: 'bob',
  headline: 'Vote for the council',
  summary: null,
  excerpt: null,
  action: 'Vote',
  link: 'https://pioneer.example/#/election',
  reason: 'you follow council elections',
  kind: 'ELECTION_VOTING_STARTED',
  group: 'Elections',
}
const withFacts = (...facts: LetterFact[]) => compose({ ...letter, facts })
const link = 'https://pioneer.example/#/members/1'

test('a letter has its facts between the summary and the excerpt, with links in its HTML', () => {
  const candidates = {
    label: 'Candidates',
    value: [
      { text: 'alice', link },
      { text: '2 more', link: null },
    ],
  }
  const seats = { label: 'Seats', value: [{ text: '3', link: null }] }
  const { html, text } = compose({
    ...letter,
    summary: 'Candidates stand.',
    facts: [candidates, seats],
    excerpt: 'Hm.',
  })
  expect(text).toContain(
    'Vote for the council\n\nCandidates stand.\n\nCandidates: alice, 2 more\nSeats: 3\n\n> Hm.\n\nVote:\n',
  )
  expect(html).toMatch(/Candidates<\/div>\s*<div dir="auto"><a href="[^"]*members\/1"[^>]*>alice<\/a>, 2 more<\/div>/)
})

test('a letter without a summary or facts has no gap', () => {
  expect(withFacts().text).toContain('Vote for the council\n\nVote:\n')
})

test('a mailbox shows the first fact beside a subject that says the rest', () => {
  const stake = { label: 'Stake', value: [{ text: '166.67 JOY', link: null }] }
  expect(withFacts(stake).html).toContain('Stake: 166.67 JOY</div>')
})

test('what members wrote in a fact is text, without links of its own, and short', () => {
  const attack = '<b>https://evil.com</b>\r\n{{name}} %recipient%'
  const { html, text } = withFacts({ label: 'Rationale', value: [{ text: attack + '🌵'.repeat(9_000), link: null }] })
  expect(html).toContain('&lt;b&gt;https[://]evil[.]com&lt;/b&gt; {{name}} %\u2060recipient%')
  const line = text.split('\n').find((one) => one.startsWith('Rationale: ')) ?? ''
  expect([...line].length).toBeLessThanOrEqual('Rationale: '.length + 300)
  expect(line).toMatch(/^Rationale: <b>https\[:\/\/]evil\[\.]com<\/b> \{\{name}}/)
})

import { expect, test } from 'vitest'
import { excerptOf } from '../../src/events/markdown.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

test.each([
  ['Hello', 'Hello'],
  ['', ''],
  ['   \n\n ', ''],
  ['Ask [@bob](#mention?member-id=2), **please**, or _me_', 'Ask @bob, please, or me'],
  ['[_**@leet\\_joy**_](#mention?member-id=957): hi', '@leet_joy: hi'],
  ['See [the plan](https://example.org/a/long/address "title")', 'See the plan'],
  ['See <https://example.org>', 'See example.org'],
  ['See https://example.org/a/long/address?with=much#more, or not', 'See example.org, or not'],
  ['(http://user:pw@example.org:8080/a)', '(example.org:8080)'],
  ['HTTPS://EXAMPLE.ORG. Or www.example.org/b!', 'EXAMPLE.ORG. Or www.example.org!'],
  ['[https://example.org/a/b](https://example.org/a/b)', 'example.org'],
  ['https://', 'https://'],
  ['Run `curl https://example.org/a`', 'Run curl https://example.org/a'],
  ['![A cactus](cactus.png) bites', 'A cactus bites'],
  ['# Plants\n\nWater them.', 'Plants Water them.'],
  ['One\ntwo  \nthree\r\nfour', 'One two three four'],
  ['- one\n- two\n  1. three\n', 'one two three'],
  ['> quoted\n\nsaid', 'said'],
  ['said\n\n> quoted\n\nmore', 'said more'],
  ['> > deep\n>\n> quoted\n\n- said\n\n  > quoted\n', 'said'],
  ['<blockquote>quoted</blockquote>\n\nsaid', 'said'],
  ['<blockquote>\n\nquoted\n\n</blockquote>\n\nsaid', 'said'],
  ['> Water them.', 'Quoting “Water them.”'],
  ['> one\n\n<!-- -->\n\n> two', 'Quoting “one two”'],
  ['![A cactus](data:image/png;base64,iVBORw0KGgo=) bites', 'A cactus bites'],
  ['![](data:image/svg+xml;base64,PHN2Zz4=) bites', 'bites'],
  ['![c][1]\n\n[1]: data:image/jpeg;base64,/9j/4AAQ', 'c'],
  ['<img src="data:image/png;base64,iVBORw0KGgo="> bites', 'bites'],
  ['<img src="data:image/png;base64,iVBORw0KGgo=" alt="A cactus"> bites', 'A cactus bites'],
  ['data:image/png;base64,iVBORw0KGgo= bites', 'bites'],
  ['Some <!-- hidden --> words', 'Some words'],
  ['<!-- hidden\n\nhidden -->\n\nwords', 'words'],
  ['one<br>two<br/>three', 'one two three'],
  ['<p align="center">\n  Plants &amp; <b>cacti</b>\n</p>', 'Plants & cacti'],
  ['<p align="center">one</p><p>two</p>', 'one two'],
  ['<b>bold</b> and <script>alert(1)</script> done', 'bold and alert(1) done'],
  ['<style>\np { color: red }\n</style>\n\nwords', 'words'],
  ['5 < 6 > 4, a<b', '5 < 6 > 4, a<b'],
  ['| who | what |\n|---|---|\n| Bob | waters |', 'who what Bob waters'],
  ['Run `npm test`, then\n\n```sh\nnpm start\n```\n\ndone', 'Run npm test, then npm start done'],
  ['one\n\n---\n\ntwo', 'one two'],
  ['5 &lt; 6 &amp; 7 \\* 8', '5 < 6 & 7 * 8'],
  ['~~gone~~', 'gone'],
])('the excerpt of %j is %j', (text, excerpt) => {
  expect(excerptOf(text)).toBe(excerpt)
})

test('a pasted image hides neither the words behind it nor the mentions', () => {
  const pasted = `data:image/png;base64,${'iVBORw0KGgo'.repeat(20_000)}`
  const lines = `data:image/png;base64,\n${`${'iVBORw0K'.repeat(9)}\n`.repeat(100)}`
  for (const data of [pasted, lines]) {
    expect(excerptOf(`![](${data})\n\nIt bites.`)).toBe('It bites.')
    expect(excerptOf(`<img src="${data}">\n\nIt bites.`)).toBe('It bites.')
  }
})

test.each([
  ['an address', `https://a/${'.'.repeat(60_000)}x`],
  ['images that never end', '<img '.repeat(12_000)],
  ['HTML that never ends', `<div ${'<a'.repeat(30_000)}`],
  ['comments that never end', `<p>${'<!--'.repeat(15_000)}`],
  ['pasted data', 'data:a/b;'.repeat(7_000)],
])('the excerpt behind a long quotation of a text with %s is found', (_, hostile) => {
  expect(excerptOf(`> ${'quoted '.repeat(600)}\n\nsaid ${hostile}`)).toMatch(/^said/)
  expect(excerptOf(`> ${'quoted '.repeat(600)}\n\nsaid\n\n${hostile}`)).toMatch(/^said/)
})

test('own words behind a quotation of any usual length are found', () => {
  expect(excerptOf(`> ${'quoted '.repeat(2_000)}\n\nsaid`)).toBe('said')
  expect(excerptOf(`> ${'quoted '.repeat(2_000)}`)).toMatch(/^Quoting “(quoted )+quoted…”$/)
  expect(excerptOf(`> ${'quoted '.repeat(2_000)}`).length).toBeLessThanOrEqual(241)
})

test('a short text is not cut', () => {
  expect(excerptOf('a'.repeat(240))).toBe('a'.repeat(240))
  expect(excerptOf('12345', 5)).toBe('12345')
})

test('a long text is cut between words and ends with an ellipsis', () => {
  expect(excerptOf('The cactus bites all who water it', 20)).toBe('The cactus bites…')
  const long = excerptOf('word '.repeat(100))
  expect(long).toMatch(/^(word )+word…$/)
  expect(long.length).toBeLessThanOrEqual(241)
})

test('a text without spaces is cut at the maximum length', () => {
  expect(excerptOf('a'.repeat(300))).toBe(`${'a'.repeat(240)}…`)
  expect(excerptOf(`Hi ${'a'.repeat(300)}`)).toBe(`Hi ${'a'.repeat(237)}…`)
})

test('only the beginning of a very long text is parsed', () => {
  expect(excerptOf(`Hello. ${'x '.repeat(50_000)}`)).toMatch(/^Hello\. (x )+x…$/)
  expect(excerptOf('[x](y) '.repeat(15_000))).toMatch(/^(x )+x…$/)
})

test.each([
  ['an emoji', '😀'],
  ['an emoji made of several', '👩‍🌾'],
  ['a flag', '🇩🇪'],
  ['a letter with a combining accent', 'e\u0301'],
])('%s is never cut in half', (_, whole) => {
  for (let before = 230; before <= 240; before++) {
    const excerpt = excerptOf('水'.repeat(before) + whole + '水'.repeat(50))
    const rest = excerpt.replace(whole, '').replaceAll('水', '')
    expect(`${before}: ${rest}`).toBe(`${before}: …`)
  }
})

test('lone surrogates and null characters are removed before an email is sent', async () => {
  const story = await createStory()
  const { chain } = story
  const bob = await story.member('bob')
  const dave = story.stranger('da\0ve\udc00')
  const title = 'Pla\0nts \ud800'
  const mention = '[@bob\ud83d](#mention?member-id=0)'
  await story.begins()
  const thread = chain.threadCreated({
    by: dave,
    in: chain.categoryCreated('\0\ud800'),
    title,
    text: `\0 ${mention} \udc00 end`,
  })
  chain.postAdded({ by: dave, in: thread, text: `${mention} ${'\ud83d'.repeat(300)}` })
  const proposal = chain.proposalCreated({ by: bob, title, description: '\0' })
  chain.proposalVoted(proposal, { by: dave, kind: 'REJECT', rationale: '\0\ud800' })

  const { setAside } = await story.notify()
  expect(setAside).toBe(0)
  expect(await story.told()).toEqual([
    'bob: FORUM_POST_MENTION',
    'bob: FORUM_THREAD_MENTION',
    'bob: PROPOSAL_VOTE_CREATOR',
  ])
  expect(story.sent).toHaveLength(3)
  for (const { subject, html, text } of story.sent) {
    for (const part of [subject, html, text]) {
      expect(part.isWellFormed()).toBe(true)
      expect(part).not.toContain('\0')
    }
  }
})

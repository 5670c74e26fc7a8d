import { expect, test } from 'vitest'
import type { Chain, Roles } from '../../src/events/chain.ts'
import { mentionsIn } from '../../src/events/markdown.ts'
import { mentionedIn } from '../../src/events/mentions.ts'

const BOB = '[@bob](#mention?member-id=2)'
const bob = [{ memberId: '2' }]

test('a link to a member id mentions the member', () => {
  expect(mentionsIn(`Ask ${BOB}, please`)).toEqual(bob)
  expect(mentionsIn('[@alice](#mention?member-id=0)')).toEqual([{ memberId: '0' }])
})

test('a link to a role mentions the role', () => {
  const mentioned = (role: string) => mentionsIn(`[@all](#mention?role=${role})`)
  expect(mentioned('dao')).toEqual([{ role: 'dao' }])
  expect(mentioned('council')).toEqual([{ role: 'council' }])
  expect(mentioned('leads')).toEqual([{ role: 'leads' }])
  const groupId = 'operationsWorkingGroupAlpha'
  expect(mentioned(`workers_${groupId}`)).toEqual([{ role: 'workers', groupId }])
  expect(mentioned(`lead_${groupId}`)).toEqual([{ role: 'lead', groupId }])
})

test.each([
  ['bold, italic, with an escaped character', '[_**@leet\\_joy**_](#mention?member-id=957)', '957'],
  ['code as the text of the link', '[`@bob`](#mention?member-id=2)', '2'],
  ['brackets in the text of the link', '[@bob [the builder]](#mention?member-id=2)', '2'],
  ['an image as the text of the link', '[![bob](bob.png)](#mention?member-id=2)', '2'],
  ['no text at all', '[](#mention?member-id=2)', '2'],
  ['inside bold text', `**Dear ${BOB}**`, '2'],
  ['struck out', `~~${BOB}~~`, '2'],
  ['inside a word', `super${BOB}man`, '2'],
  ['in a list', `- one\n  - ${BOB}`, '2'],
  ['in a numbered list', `1. ${BOB}`, '2'],
  ['after a quotation', `> quoted\n\n${BOB}`, '2'],
  ['after an HTML quotation', `<blockquote>\n\nquoted\n\n</blockquote>\n\n${BOB}`, '2'],
  ['in a heading', `## ${BOB}\n`, '2'],
  ['in an underlined heading', `${BOB}\n=====\n`, '2'],
  ['in a table', `| who | what |\n|---|---|\n| ${BOB} | waters |`, '2'],
  ['in the head of a table', `| ${BOB} | what |\n|---|---|\n| a | b |`, '2'],
  ['beside code', `\`code\` ${BOB} \`code\``, '2'],
  ['after a code block', `\`\`\`\ncode\n\`\`\`\n${BOB}`, '2'],
  ['by reference', '[@bob][bob]\n\n[bob]: #mention?member-id=2', '2'],
  ['by reference, in short', '[@bob]\n\n[@bob]: #mention?member-id=2', '2'],
  ['with a title', '[@bob](#mention?member-id=2 "Bob")', '2'],
  ['in angle brackets', '[@bob](<#mention?member-id=2>)', '2'],
  ['between HTML tags', `<b>${BOB}</b>`, '2'],
  ['with other parameters after it', '[@bob](#mention?member-id=2&from=editor)', '2'],
  ['with other parameters after it, encoded', '[@bob](#mention?member-id=2&amp;from=editor)', '2'],
  ['with other parameters before it, encoded', '[@bob](#mention?from=editor&amp;member-id=2)', '2'],
  ['with an encoded equals sign', '[@bob](#mention?member-id&#61;2)', '2'],
  ['with an escaped number sign', '[@bob](\\#mention?member-id=2)', '2'],
  ['on a line that ends with CRLF', `Hello\r\n${BOB}\r\n`, '2'],
])('this is a mention: %s', (_, text, memberId) => {
  expect(mentionsIn(text)).toEqual([{ memberId }])
})

test('a group name can contain escaped underscores', () => {
  expect(mentionsIn('[@forum](#mention?role=workers\\_forumWorkingGroup)')).toEqual([
    { role: 'workers', groupId: 'forumWorkingGroup' },
  ])
})

test.each([
  ['nothing', ''],
  ['a quotation', `> ${BOB}`],
  ['a quotation in a quotation', `> > ${BOB}\n\nyes`],
  ['a quotation in a list', `- one\n\n  > ${BOB}\n`],
  ['a list in a quotation', `> - ${BOB}\n\nyes`],
  ['a quotation that goes on lazily', `> quoted\n${BOB}`],
  ['an HTML quotation', `<blockquote>\n\n${BOB}\n\n</blockquote>`],
  ['a name', '@bob'],
  ['inline code', `\`${BOB}\``],
  ['longer inline code', `\`\` \`${BOB}\` \`\``],
  ['a fenced code block', `\`\`\`\n${BOB}\n\`\`\``],
  ['a code block with a language', `~~~md\n${BOB}\n~~~`],
  ['a code block that is never closed', `\`\`\`\n${BOB}`],
  ['an indented code block', `Text\n\n    ${BOB}\n`],
  ['a code block in a list', `- one\n\n      ${BOB}\n`],
  ['an escaped bracket', `\\${BOB}`],
  ['an escaped closing bracket', '[@bob\\](#mention?member-id=2)'],
  ['a space between text and target', '[@bob] (#mention?member-id=2)'],
  ['an image', '![@bob](#mention?member-id=2)'],
  ['the description of an image', `![${BOB}](bob.png)`],
  ['the bare target', '#mention?member-id=2'],
  ['an HTML link', '<a href="#mention?member-id=2">@bob</a>'],
  ['an HTML attribute', '<b title="#mention?member-id=2">@bob</b>'],
  ['the title of a link', '[@bob](https://example.org "#mention?member-id=2")'],
  ['a reference that nothing uses', '[bob]: #mention?member-id=2'],
  ['a link to another page', '[@bob](https://example.org/#mention?member-id=2)'],
  ['another place in the page', '[@bob](#mentions?member-id=2)'],
])('this is not a mention: %s', (_, text) => {
  expect(mentionsIn(text)).toEqual([])
})

test.each([
  'proposal-id=9',
  'forum-thread-id=17',
  'forum-post-id=42&thread-id=17',
  'proposal-post-id=7',
  'thread-id=17',
  'opening-id=forumWorkingGroup-8',
  'application-id=forumWorkingGroup-12',
])('a link to something other than a member or role mentions nobody: %s', (target) => {
  expect(mentionsIn(`[that](#mention?${target}) and ${BOB}`)).toEqual(bob)
})

test.each([
  'member-id=',
  'member-id',
  'member-id=bob',
  'member-id=-2',
  'member-id=2.5',
  'member-id=2e3',
  'member-id=0x2',
  'member-id=%202',
  'member-id=٢',
  'member-id=%',
  'member-id=%00',
  "member-id=2');DROP",
  'MEMBER-ID=2',
  'role=',
  'role=nobody',
  'role=COUNCIL',
  'role=workers',
  'role=workers_',
  'role=lead_',
  'role=lead_a/b',
  'role=boss_forumWorkingGroup',
  '',
])('a malformed target mentions nobody: %s', (target) => {
  expect(mentionsIn(`[that](#mention?${target}) and ${BOB}`)).toEqual(bob)
})

test('a member id can have any length', async () => {
  const huge = '9'.repeat(400)
  expect(mentionsIn(`[@x](#mention?member-id=${huge})`)).toEqual([{ memberId: huge }])
})

test('every mention in a text is found', () => {
  const text = `${BOB}, [@carol](#mention?member-id=3)\n\n- [@council](#mention?role=council)\n\n\`${BOB}\``
  expect(mentionsIn(text)).toEqual([{ memberId: '2' }, { memberId: '3' }, { role: 'council' }])
})

test.each([
  ['words', 'word '.repeat(20_000)],
  ['one word', 'a'.repeat(100_000)],
  ['opening brackets', '['.repeat(100_000)],
  ['stars', '*a '.repeat(33_000)],
  ['quotes in quotes', `${'>'.repeat(50_000)} x`],
])('100 KB of %s are parsed to the end', (_, filler) => {
  expect(mentionsIn(`${filler}\n\n${BOB}`)).toEqual(bob)
})

test('thousands of mentions are all found, a repeated one once', () => {
  const ids = Array.from({ length: 3_500 }, (_, n) => String(n))
  const text = ids.map((id) => `[@a](#mention?member-id=${id}) `).join('')
  expect(mentionsIn(text)).toEqual(ids.map((memberId) => ({ memberId })))
  expect(mentionsIn(`${BOB} `.repeat(3_500))).toHaveLength(1)
})

const roles: Roles = {
  council: ['10', '11'],
  workers: ['20', '21', '22', '11'],
  leads: ['20'],
  workersOf: (groupId) => (groupId === 'forumWorkingGroup' ? ['20', '21'] : []),
  leadOf: (groupId) => (groupId === 'forumWorkingGroup' ? ['20'] : []),
}

function chainOfRoles() {
  const lookUps = { count: 0 }
  const chain: Partial<Chain> = {
    roles: async () => {
      lookUps.count += 1
      return roles
    },
  }
  return { chain: chain as Chain, lookUps }
}

test.each([
  ['dao', ['10', '11', '20', '21', '22']],
  ['council', ['10', '11']],
  ['leads', ['20']],
  ['workers_forumWorkingGroup', ['20', '21']],
  ['lead_forumWorkingGroup', ['20']],
  ['lead_appWorkingGroup', []],
])('the role %s stands for the members who hold it', async (role, holders) => {
  const { chain } = chainOfRoles()
  expect(await mentionedIn(`[@them](#mention?role=${role})`, chain)).toMatchObject({ members: [], holders })
})

test('a member who is mentioned several times, by name and by role, is listed once for each', async () => {
  const { chain } = chainOfRoles()
  const text =
    '[@a](#mention?member-id=21) [@a](#mention?member-id=21) [@forum](#mention?role=workers_forumWorkingGroup)'
  expect(await mentionedIn(text, chain)).toEqual({
    members: ['21'],
    holders: ['20', '21'],
    roles: ['the workers of the Forum group'],
  })
})

test('roles are not looked up when no text mentions one', async () => {
  const { chain, lookUps } = chainOfRoles()
  expect(await mentionedIn(`${BOB} and more`, chain)).toEqual({ members: ['2'], holders: [], roles: [] })
  expect(await mentionedIn('nobody', chain)).toEqual({ members: [], holders: [], roles: [] })
  expect(lookUps.count).toBe(0)
})

test('HTML comments and blocks mention nobody; a link whose # is written as an entity is a mention', () => {
  expect(mentionsIn('<!-- [@bob](#mention?member-id=2) -->')).toEqual([])
  expect(mentionsIn('<div>\n[@bob](#mention?member-id=2)\n</div>')).toEqual([])
  expect(mentionsIn('[@bob](&#35;mention?member-id=2)')).toEqual([{ memberId: '2' }])
})

test('a role that is mentioned a thousand times is looked up once', async () => {
  const { chain, lookUps } = chainOfRoles()
  const { roles, holders } = await mentionedIn('[](#mention?role=dao) '.repeat(1_000), chain)
  expect({ roles, holders }).toEqual({
    roles: ['the council and all workers'],
    holders: ['10', '11', '20', '21', '22'],
  })
  expect(lookUps.count).toBe(1)
})

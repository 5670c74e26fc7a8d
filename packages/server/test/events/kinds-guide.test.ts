import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { generalKinds } from '../../src/events/kinds.ts'
import { events } from '../../src/events/list.ts'

const guide = await readFile(new URL('../../../../docs/kinds.md', import.meta.url), 'utf8')
const rows = new Map(
  [...guide.matchAll(/^\| (\w+) \| ([^|]+) \| (.*) \|$/gm)].map(([, type = '', actor = '', reasons = '']) => [
    type,
    {
      actor,
      reasons: [...reasons.matchAll(/`(\w+)`( \(off\))?/g)].map(([, kind = '', off]) => ({ kind, off: !!off })),
    },
  ]),
)
const told = events.flatMap((event) => {
  const facts = event.sample()
  const kinds = event.rules(facts).flatMap(({ audience, kind }) => (audience === 'muters' ? [] : kind))
  return kinds.length ? [{ type: event.type, kinds: [...new Set<string>(kinds)], actor: event.actor?.(facts) }] : []
})

test.each(told)('the guide says whom $type concerns, in order', ({ type, kinds, actor }) => {
  const row = rows.get(type)
  // A sample can lack a reason, such as that of a group that no proposal is about.
  expect(row?.reasons.map(({ kind }) => kind).filter((kind) => kinds.includes(kind))).toEqual(kinds)
  if (actor !== undefined) expect(row?.actor).not.toBe('none')
  else expect(row?.actor).toMatch(/^none/)
})

test('the guide names each kind, and says which are off', () => {
  const named = new Map([...rows.values()].flatMap(({ reasons }) => reasons.map(({ kind, off }) => [kind, off])))
  for (const [kind, { defaultOn }] of Object.entries(generalKinds))
    expect([kind, named.get(kind)]).toEqual([kind, !defaultOn])
  expect([...rows.keys()].filter((type) => type !== 'event' && !told.some((event) => event.type === type))).toEqual([])
})

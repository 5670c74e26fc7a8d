import { expect, test } from 'vitest'
import { ANYBODY } from '../../src/events/addressee.ts'
import { readLink } from '../../src/events/links.ts'
import { events } from '../../src/events/list.ts'

const linked = events.flatMap((event) => {
  const sample = event.sample()
  const data = event.data(sample)
  return event
    .rules(sample)
    .map(({ kind }) => ({ type: event.type, data, path: event.words(data, kind, ANYBODY).path }))
})

test.each(linked)('the link of $type to $path leads back to its events', ({ type, data, path }) => {
  const page = readLink(`https://pioneerapp.xyz${path}`)
  if (page && 'types' in page) expect(page.types).toContain(type)
  else expect(data).toMatchObject(page?.fields ?? { nothing: 'was read' })
})

test('what no event links to is no page', () => {
  expect(readLink('https://pioneerapp.xyz/#/members')).toBeUndefined()
  expect(readLink('https://pioneerapp.xyz/forum/thread/1')).toBeUndefined()
  expect(readLink('#/working-groups/')).toBeUndefined()
  expect(readLink('')).toBeUndefined()
})

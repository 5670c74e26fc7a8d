import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createRests } from '../../src/lib/rests.ts'

const HOUR_MS = 3_600_000

test('a rest ends at its time, when it is cut short, and at once when that was before it began', async () => {
  const { rest, end } = createRests(new AbortController().signal)
  await rest(1)
  const cutShort = rest(HOUR_MS)
  end()
  await cutShort
  end()
  await rest(HOUR_MS)
  let isOver = false
  const next = rest(HOUR_MS).then(() => {
    isOver = true
  })
  await setTimeout(1)
  expect(isOver).toBe(false)
  end()
  await next
})

test('nobody rests any more after the stop', async () => {
  const stop = new AbortController()
  const { rest } = createRests(stop.signal)
  const resting = rest(HOUR_MS)
  stop.abort()
  await resting
  await rest(HOUR_MS)
  expect(stop.signal.aborted).toBe(true)
})

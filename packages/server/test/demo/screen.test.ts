import { PassThrough } from 'node:stream'
import stringWidth from 'string-width'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createScreen } from '../../scripts/demo/screen.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A screen that returns what was written to it since the last call. */
function screenOn(output: { isTTY?: boolean; columns?: number }) {
  const stream = Object.assign(new PassThrough(), output)
  return { screen: createScreen(stream), written: () => String(stream.read() ?? '') }
}
const terminal = { isTTY: true, columns: 40 }
const CLEAR = '\x1b[2K'
const START_OF_LINE = '\x1b[1G'

test('a demo that keeps printing shows no status', () => {
  const { screen, written } = screenOn(terminal)
  screen.busy('Starting PostgreSQL')
  for (let n = 0; n < 5; n++) {
    screen.say(`line ${n}`)
    vi.advanceTimersByTime(1_900)
  }
  expect(written()).toBe('line 0\nline 1\nline 2\nline 3\nline 4\n')
})

test('on a terminal, a silent demo rewrites one line, which the next output replaces', () => {
  const { screen, written } = screenOn(terminal)
  screen.busy('Starting PostgreSQL')
  vi.advanceTimersByTime(2_000)
  expect(written()).toContain('Starting PostgreSQL (2 s)')
  vi.advanceTimersByTime(10_000)
  const rewritten = written()
  expect(rewritten).toContain(`${CLEAR}`)
  expect(rewritten).toContain('Starting PostgreSQL (12 s)')
  expect(rewritten).not.toContain('\n')
  expect(rewritten.endsWith(START_OF_LINE)).toBe(true)
  screen.say('Ready')
  expect(written()).toBe(`${CLEAR}Ready\n`)
})

test('a status is narrower than the terminal, so that it stays on one line', () => {
  const { screen, written } = screenOn({ isTTY: true, columns: 20 })
  screen.busy('等待下一个区块的到来，然后读取它')
  vi.advanceTimersByTime(2_000)
  expect(stringWidth(written())).toBeLessThan(20)
})

test('without a terminal, each activity is one plain line, repeated at most every 30 seconds', () => {
  const { screen, written } = screenOn({})
  for (let block = 0; block < 10; block++) {
    screen.busy('Waiting for the next block')
    vi.advanceTimersByTime(6_000)
    screen.say(`Block ${block}`)
  }
  const lines = written()
    .split('\n')
    .filter((line) => line.startsWith('Waiting'))
  expect(lines).toEqual(['Waiting for the next block (2 s)', 'Waiting for the next block (2 s)'])
})

test('a screen that is closed leaves no status behind', () => {
  const { screen, written } = screenOn(terminal)
  screen.busy('Stopping PostgreSQL')
  vi.advanceTimersByTime(2_000)
  written()
  screen.close()
  vi.advanceTimersByTime(10_000)
  expect(written()).toBe(CLEAR)
})

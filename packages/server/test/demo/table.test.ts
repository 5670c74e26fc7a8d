import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { printTable, type Row } from '../../scripts/demo/table.ts'

const rows: Row[] = [
  { who: 'bob', what: 'alice posted in “Plants”', why: 'you watch this thread', how: 'app + email' },
  {
    who: 'carla_mints',
    what: 'A thread 👩‍🌾🌱 '.repeat(20),
    why: '你发起了这个讨论 '.repeat(8),
    how: 'app only: '.repeat(9),
  },
  { who: '小明'.repeat(12), what: '预算增加了'.repeat(30), why: 'you were mentioned', how: 'email only' },
]

function linesAt(columns: number, shown = rows): string[] {
  const lines: string[] = []
  printTable(shown, { say: (text) => lines.push(text), styled: (_, text) => text, columns: () => columns })
  return lines
}

test.each([20, 40, 80, 200])('every line fits a terminal of %i columns, with wide characters too', (columns) => {
  const widths = linesAt(columns).map((line) => stringWidth(line))
  expect(widths).toHaveLength(rows.length + 1)
  expect(Math.max(...widths)).toBeLessThanOrEqual(columns)
})

test.each([40, 80, 200])('at %i columns, the cells of a column start below each other', (columns) => {
  const lines = linesAt(
    columns,
    rows.map((row) => ({ ...row, how: 'HOW' })),
  )
  const starts = lines.map((line) => stringWidth(line.slice(0, line.lastIndexOf('HOW'))))
  expect(new Set(starts).size).toBe(1)
})

test('a table that fits is not cut', () => {
  expect(linesAt(80, rows.slice(0, 1))).toEqual([
    '  WHO  WHAT                      BECAUSE                HOW',
    '  bob  alice posted in “Plants”  you watch this thread  app + email',
  ])
})

test('at 80 columns, the news gets the most room and how it arrived stays readable', () => {
  const long = { who: 'carla_mints', what: 'gaspard mentioned you in “Welcome! Introduce yourself 👋”' }
  expect(linesAt(80, [{ ...long, why: 'you are a worker of the Storage group', how: 'app + email' }])[1]).toBe(
    '  carla_mints  gaspard mentioned you in “Welc…  you are a worker o…  app + email',
  )
})

test('an emoji is never cut in half', () => {
  const farmer = '👩‍🌾'
  for (let columns = 40; columns < 60; columns++) {
    const [, line = ''] = linesAt(columns, [{ who: 'bob', what: farmer.repeat(40), why: 'x', how: 'x' }])
    expect(line.replaceAll(farmer, '')).toMatch(/^ {2}bob {2}… {2,3}x {8}x$/)
  }
})

test('of many notifications, the newest are shown', () => {
  const many = Array.from({ length: 50 }, (_, n) => ({ who: `m${n}`, what: 'x', why: 'x', how: 'x' }))
  const lines = linesAt(80, many)
  expect(lines[0]).toBe('(10 earlier ones are left out)')
  expect(lines.at(-1)).toMatch(/^ {2}m49 /)
})

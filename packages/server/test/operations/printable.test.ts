import { expect, test } from 'vitest'
import { printable } from '../../src/lib/printable.ts'
import { runScript } from '../support/command.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

/** Clears the screen, in two ways, turns the line around, and begins another line. */
const HOSTILE = 'Bob\u001b[2J\u009b2J\u202egnp\u2066\u0007\r\nroot#'

test('what a terminal would obey is shown as a mark, and a text stays one line of bounded length', () => {
  expect(printable(HOSTILE)).toBe('Bob�[2J�2J�gnp�� root#')
  expect(printable('Zoë  writes “家” 🌱\tand more')).toBe('Zoë  writes “家” 🌱 and more')
  expect(printable('x'.repeat(1_000_000)).length).toBeLessThan(5_000)
})

test('a dry run prints the name of a member as text', async () => {
  const story = await createStory()
  await story.member('bob', { name: HOSTILE })
  await story.begins()
  story.chain.announcingPeriodStarted()
  story.chain.commitBlock()
  const { code, stdout } = await runScript('../src/main/notify.ts', ['--dry-run'], story.url, {
    QUERY_NODE_ENDPOINT: story.node.url,
  })
  expect(code).toBe(0)
  expect(stdout).toMatch(/Bob�\[2J.* root# \(\d+\) would be told in the app/)
  expect(stdout.trimEnd().split('\n')).toHaveLength(2)
})

import { run } from '../../src/notifier/run.ts'
import type { stories } from '../support/story.ts'

export const DAY = 24 * 60 * 60 * 1000
export const HOUR_BLOCKS = 600

/** A chain whose time is the notifier's. @param age how many milliseconds ago it began */
export async function clockStory(createStory: ReturnType<typeof stories>, age = 20 * DAY) {
  const story = await createStory({ age, emailMaxAgeMs: age + 400 * DAY })
  const { chain, deps } = story
  deps.now = () => chain.timeOf(chain.head)
  /** The chain has empty blocks, of which no query node tells. */
  const passes = (hours: number) => chain.emptyBlocks(hours * HOUR_BLOCKS)
  /** Runs the notifier without a new block. */
  const looks = () => run(deps)
  return { story, chain, passes, looks }
}

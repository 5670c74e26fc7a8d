import { isTime } from './addressee.ts'
import type { EventMeta } from './define.ts'

/** Joystream makes a block every six seconds. */
export const BLOCK_SECONDS = 6
export const BLOCKS_PER_DAY = (24 * 60 * 60) / BLOCK_SECONDS
export const BLOCKS_PER_MONTH = 30 * BLOCKS_PER_DAY

/** No stage lasts longer: a later end is a mistake. */
const MOST_BLOCKS_AHEAD = 365 * BLOCKS_PER_DAY

/**
 * When a later block is expected.
 * @param block as the query node gave it
 * @param event where to count from
 * @returns in ISO 8601; undefined for a value that is no later block
 */
export function timeOfBlock(block: unknown, event: Pick<EventMeta, 'block' | 'time'>): string | undefined {
  const ahead = Number.isInteger(block) ? Number(block) - event.block : 0
  if (ahead <= 0 || ahead > MOST_BLOCKS_AHEAD) return undefined
  return new Date(event.time.getTime() + ahead * BLOCK_SECONDS * 1000).toISOString()
}

/** Beyond it, a time is a mistake. */
const LATEST_TIME = Date.UTC(3000)

/** @param time as the query node gave it. @returns in ISO 8601; undefined for what is no time of this chain */
export function timeOf(time: string | null | undefined): string | undefined {
  const parsed = time && isTime(time) ? Date.parse(time) : 0
  return parsed > 0 && parsed < LATEST_TIME ? new Date(parsed).toISOString() : undefined
}

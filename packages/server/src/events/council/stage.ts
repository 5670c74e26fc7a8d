import { type Addressee, dayFor, isTime, timeFor } from '../addressee.ts'
import { timeOfBlock } from '../blocks.ts'
import type { EventMeta } from '../define.ts'

/** The end of a stage in a sentence, or the text for a stage whose end is not known. */
export const until = (
  endsAt: string | undefined,
  addressee: Addressee,
  texts: { known: (end: { day: () => string; time: () => string }) => string; unknown: string },
): string =>
  endsAt !== undefined && isTime(endsAt)
    ? texts.known({ day: () => dayFor(endsAt, addressee), time: () => timeFor(endsAt, addressee) })
    : texts.unknown

export const endOf = (stage: { endsAt: number } | undefined, meta: EventMeta): string | undefined =>
  timeOfBlock(stage?.endsAt, meta)

/** Of candidates or seats. Undefined for what is no count. */
export const countOf = (count: string | undefined): string | undefined =>
  count !== undefined && /^\d{1,9}$/.test(count) ? count : undefined

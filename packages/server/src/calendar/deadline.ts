import { Prisma } from '../generated/prisma/client.ts'

/** The end of something, as a calendar shows it. */
export type CalendarDeadline = {
  /** With the key, it names the same end in every calendar file. */
  type: string
  key: string
  /** Members write in it. */
  title: string
  /** Its page in Pioneer. */
  path: string
  endsAt: Date
  /** It ends in a block, whose time can only be guessed. */
  isEstimated: boolean
  /** Higher with each change that a calendar must not miss. */
  sequence: number
  isCancelled: boolean
  changedAt: Date
}

/** Of the table "Deadline". */
export const COLUMNS = Prisma.sql`
  type, key, title, path, "endsAt", "endsAtBlock" IS NOT NULL AS "isEstimated", sequence,
  "cancelledAt" IS NOT NULL AS "isCancelled", "updatedAt" AS "changedAt"`

/** What was called off stays until it would have ended: calendars have to take it away. */
export const IS_SHOWN = Prisma.sql`("goneAt" IS NULL OR "cancelledAt" IS NOT NULL) AND "endsAt" > now()`

import { z } from 'zod'

/** Keys of the table Store. The replaced backend introduced the first one. */
export const STORE_KEYS = {
  progress: 'Progress',
  lastRun: 'LastRun',
  /** By type of event that the query node does not know: the last block whose events of this type are handled. */
  leftOut: 'LeftOut',
  /** The block up to which posts were added to the known authors. */
  authorsTo: 'AuthorsTo',
  /** The kinds of the replaced backend, for the way back to it. */
  replacedKinds: 'ReplacedKinds',
  healthCheck: 'HealthCheck',
  /** By type of proposal: how many blocks one took that expired, where that is not its known length. */
  seenLengths: 'SeenProposalLengths',
  /** Signs the links in emails. */
  linkKey: 'LinkKey',
  /** Where those links lead. */
  publicUrl: 'PublicUrl',
} as const

/** What PostgreSQL stores as a text within jsonb. */
const storable = z.string().refine((text) => text.isWellFormed() && !text.includes('\0'))

/**
 * The position on the chain, under STORE_KEYS.progress: the last block that is handled, -1 before block 0. The replaced
 * backend kept the ids of the events that it had handled in that block.
 */
export const storedProgress = z.object({
  block: z
    .int()
    .min(-1)
    .max(2 ** 31 - 1),
  eventIds: z.array(storable).default([]),
  time: z.iso.datetime().optional(),
})

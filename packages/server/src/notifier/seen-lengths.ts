import { type Pool, query } from '../db/client.ts'
import { STORE_KEYS } from '../db/store.ts'
import type { ProposalLengths } from '../events/deadlines/define.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { Logger } from '../lib/logger.ts'
import type { UnderstoodEvent } from './audience/understand.ts'

/** By type of proposal: after how many blocks one expired, where that is not the length that deadlines count with. */
export type SeenLengths = Record<string, number>

const KEY = STORE_KEYS.seenLengths
/** The chain decides at the beginning of a block, and an indexer can place the event in the next one. */
const TOLERATED_BLOCKS = 5

type Expired = { type: string; blocks: number }

/**
 * Compares the lengths of votes with what proposals took that expired: a runtime upgrade can change them.
 * @param events that were just recorded
 */
export async function compareLengths(
  pool: Pool,
  events: readonly UnderstoodEvent[],
  lengths: ProposalLengths,
  log: Logger,
): Promise<void> {
  const expired = events.filter(
    ({ type, data }) => type === 'ProposalDecisionMade' && data.status === 'ProposalStatusExpired',
  )
  if (!expired.length) return
  for (const { type, blocks } of await readExpired(pool, expired)) {
    const known = lengths[type]?.votingBlocks
    const isAsKnown = known === undefined || Math.abs(known - blocks) <= TOLERATED_BLOCKS
    await noteLength(pool, type, isAsKnown ? null : blocks)
    if (!isAsKnown) {
      log.warn(
        `The length of a vote has changed: a ${type} proposal expired after ${blocks} blocks, not ${known}. Unless it is an exception, set PROPOSAL_LENGTHS to {"${type}": {"votingBlocks": ${blocks}}}`,
      )
    }
  }
}

/** Forgets what PROPOSAL_LENGTHS says by now. */
export async function forgetKnownLengths(pool: Pool, seen: SeenLengths, lengths: ProposalLengths): Promise<void> {
  for (const [type, blocks] of Object.entries(seen)) {
    const known = lengths[type]?.votingBlocks ?? Number.NaN
    if (Math.abs(known - blocks) <= TOLERATED_BLOCKS) await noteLength(pool, type, null)
  }
}

/** From the block in which the council took it up, which the key of its deadline has. */
async function readExpired(pool: Pool, expired: readonly UnderstoodEvent[]): Promise<Expired[]> {
  const { rows } = await query<Expired>(
    pool,
    Prisma.sql`
    SELECT DISTINCT ON (e.id) d.about->>'type' AS type, e.block - (d.about->>'fromBlock')::int AS blocks
    FROM unnest(${expired.map(({ entityId }) => entityId)}::text[], ${expired.map(({ block }) => block)}::int[])
      AS e (id, block)
    JOIN "Deadline" d ON d.type = 'ProposalDecidingEnding' AND d.about->>'proposalId' = e.id
    WHERE d.about ? 'type' AND d.about ? 'fromBlock'
    ORDER BY e.id, d.id DESC`,
  )
  return rows
}

/** @param blocks null: as long as was known */
async function noteLength(pool: Pool, type: string, blocks: number | null): Promise<void> {
  await query(
    pool,
    blocks === null
      ? Prisma.sql`UPDATE "Store" SET value = value - ${type}::text, "updatedAt" = now()
          WHERE key = ${KEY} AND value ? ${type}::text`
      : Prisma.sql`
          INSERT INTO "Store" AS s (key, value) VALUES (${KEY}, jsonb_build_object(${type}::text, ${blocks}::int))
          ON CONFLICT (key) DO UPDATE SET value = s.value || excluded.value, "updatedAt" = now()`,
  )
}

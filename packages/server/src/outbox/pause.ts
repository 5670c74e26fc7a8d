import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'

/** Why a provider is left alone, and for how many more seconds. */
export type Pause = { reason: string; secondsLeft: number }

const FIRST_SECONDS = 10
const LONGEST_SECONDS = 600
/** The longest pause that a provider can ask for. */
const LONGEST_ASKED_SECONDS = 24 * 60 * 60

/** Whole seconds. The column has milliseconds, `now()` has microseconds. */
export const secondsUntil = (column: string) =>
  Prisma.sql`ceil(extract(epoch FROM ${Prisma.raw(column)} - now()) - 0.001)::int`

/**
 * Pauses sending for all processes. A probe that failed makes the pause longer; any other failure began before the
 * pause, and leaves it as it is.
 * @param askedMs how long the provider asked to be left alone
 * @returns seconds until the next probe
 */
export async function pauseSending(
  pool: Pool,
  provider: string,
  { reason, askedMs = 0, hasProbed }: { reason: string; askedMs: number | undefined; hasProbed: boolean },
): Promise<number> {
  const asked = Math.min(askedMs / 1000, LONGEST_ASKED_SECONDS)
  const inSeconds = (seconds: Prisma.Sql) =>
    Prisma.sql`now() + make_interval(secs => greatest(${seconds}, ${asked}::float8))`
  const next = Prisma.sql`least(${FIRST_SECONDS}::int * 2 ^ least(p."failedProbes" + 1, 10), ${LONGEST_SECONDS}::int)`
  const { rows } = await query<{ seconds: number }>(
    pool,
    Prisma.sql`
    INSERT INTO "SendingPause" AS p (provider, until, reason)
    VALUES (${provider}, ${inSeconds(Prisma.sql`${FIRST_SECONDS}::int`)}, ${reason})
    ON CONFLICT (provider) DO UPDATE SET
      until = ${hasProbed ? inSeconds(next) : Prisma.sql`greatest(p.until, excluded.until)`},
      "failedProbes" = p."failedProbes" + ${hasProbed ? 1 : 0}::int, reason = excluded.reason, "updatedAt" = now()
    RETURNING ${secondsUntil('until')} AS seconds`,
  )
  return rows[0]?.seconds ?? 0
}

export async function endPause(pool: Pool, provider: string): Promise<void> {
  await query(pool, Prisma.sql`DELETE FROM "SendingPause" WHERE provider = ${provider}`)
}

/** The emails that were to probe were not handed over: others may, at once. */
export async function giveProbeBack(pool: Pool, provider: string): Promise<void> {
  await query(
    pool,
    Prisma.sql`UPDATE "SendingPause" SET until = now(), "updatedAt" = now() WHERE provider = ${provider}`,
  )
}

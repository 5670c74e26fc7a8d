import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'

/** A provider that is left alone since it accepted nothing, until its next probe. `reason`: in its words. */
export type ProviderPause = { provider: string; until: Date; reason: string; since: Date }

/** The probe of a pause that ended longer ago would have ended it: nothing was to be sent, or nobody uses the provider. */
const PAUSE_MINUTES = 15

/** Whether a row of "SendingPause" still counts. */
export const IS_PAUSE_OF_NOW = Prisma.sql`until > now() - make_interval(mins => ${PAUSE_MINUTES}::int)`

/** @returns the pauses of now, by provider */
export async function readPauses(pool: Pool): Promise<ProviderPause[]> {
  const { rows } = await query<ProviderPause>(
    pool,
    Prisma.sql`
    SELECT provider, until, reason, "createdAt" AS since FROM "SendingPause"
    WHERE ${IS_PAUSE_OF_NOW} ORDER BY provider`,
  )
  return rows
}

import { type Pool, query, type Transaction } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { Job } from './job.ts'

/** @returns the names of the jobs that are due */
export async function dueJobs(pool: Pool, jobs: readonly Job[]): Promise<Set<string>> {
  const { rows } = await query<{ name: string }>(
    pool,
    Prisma.sql`
    SELECT name FROM unnest(
      ${jobs.map(({ name }) => name)}::text[], ${jobs.map(({ intervalSeconds }) => intervalSeconds)}::int[]
    ) AS d (name, seconds)
    LEFT JOIN "Job" known USING (name)
    WHERE known."endedAt" IS NULL OR known."endedAt" < now() - make_interval(secs => d.seconds)`,
  )
  return new Set(rows.map(({ name }) => name))
}

/** Notes that a job has ended, and its error if it failed. */
export async function noteEnd(
  transaction: Transaction,
  { name, intervalSeconds }: Job,
  error: string | null,
): Promise<void> {
  await transaction.query(Prisma.sql`
    INSERT INTO "Job" (name, "intervalSeconds", "endedAt", error) VALUES (${name}, ${intervalSeconds}, now(), ${error})
    ON CONFLICT (name) DO UPDATE SET
      "intervalSeconds" = excluded."intervalSeconds", "endedAt" = now(), error = excluded.error, "updatedAt" = now()`)
}

import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { Job } from './job.ts'

/** A process that dies leaves its job to the others after this time. One batch has to be done within it. */
const LEASE_SECONDS = 300

export type Lease = { name: string; leaseUntil: Date }

const leaseEnd = Prisma.sql`now() + make_interval(secs => ${LEASE_SECONDS}::int)`

/**
 * Takes one job that is due, for this process alone. A lease is a row and no lock of a session, so it holds behind a
 * pool of connections too.
 */
export async function claimJob(pool: Pool, jobs: readonly Job[]): Promise<Lease | undefined> {
  const { rows } = await query<Lease>(
    pool,
    Prisma.sql`
    INSERT INTO "Job" AS j (name, "intervalSeconds", "leaseUntil")
    SELECT d.name, d.seconds, ${leaseEnd}
    FROM unnest(
      ${jobs.map(({ name }) => name)}::text[], ${jobs.map(({ intervalSeconds }) => intervalSeconds)}::int[]
    ) AS d (name, seconds)
    LEFT JOIN "Job" known USING (name)
    WHERE (known."leaseUntil" IS NULL OR known."leaseUntil" < now())
      AND (known."endedAt" IS NULL OR known."endedAt" < now() - make_interval(secs => d.seconds))
    LIMIT 1
    ON CONFLICT (name) DO UPDATE SET
      "intervalSeconds" = excluded."intervalSeconds", "leaseUntil" = excluded."leaseUntil", "updatedAt" = now()
    WHERE (j."leaseUntil" IS NULL OR j."leaseUntil" < now())
      AND (j."endedAt" IS NULL OR j."endedAt" < now() - make_interval(secs => excluded."intervalSeconds"))
    RETURNING name, "leaseUntil"`,
  )
  return rows[0]
}

/** @returns the prolonged lease, or nothing when another process has the job by now */
export async function renewLease(pool: Pool, { name, leaseUntil }: Lease): Promise<Lease | undefined> {
  const { rows } = await query<Lease>(
    pool,
    Prisma.sql`
    UPDATE "Job" SET "leaseUntil" = ${leaseEnd}, "updatedAt" = now()
    WHERE name = ${name} AND "leaseUntil" = ${leaseUntil}
    RETURNING name, "leaseUntil"`,
  )
  return rows[0]
}

/** @param result null: it was interrupted, and is due again at once */
export async function endJob(pool: Pool, lease: Lease, result: { error: string | null } | null): Promise<void> {
  const ended = result ? Prisma.sql`"endedAt" = now(), error = ${result.error},` : Prisma.empty
  await query(
    pool,
    Prisma.sql`
    UPDATE "Job" SET ${ended} "leaseUntil" = NULL, "updatedAt" = now()
    WHERE name = ${lease.name} AND "leaseUntil" = ${lease.leaseUntil}`,
  )
}

import { type Pool, query } from '../db/client.ts'
import { STORE_KEYS } from '../db/store.ts'
import { Prisma } from '../generated/prisma/client.ts'

// Only the API knows where it is reached: a cron job on Render does not.

/** Keeps the API's address for the notifiers. @param url without a slash at its end; undefined: it has none any more */
export async function storePublicUrl(pool: Pool, url: string | undefined): Promise<void> {
  await query(
    pool,
    url === undefined
      ? Prisma.sql`DELETE FROM "Store" WHERE key = ${STORE_KEYS.publicUrl}`
      : Prisma.sql`
        INSERT INTO "Store" AS known (key, value) VALUES (${STORE_KEYS.publicUrl}, to_jsonb(${url}::text))
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, "updatedAt" = now()
        WHERE known.value IS DISTINCT FROM excluded.value`,
  )
}

/** @returns the address, without a slash at its end; undefined if the API has none that others can reach */
export async function readPublicUrl(pool: Pool): Promise<string | undefined> {
  const { rows } = await query<{ url: string | null }>(
    pool,
    Prisma.sql`SELECT value #>> '{}' AS url FROM "Store" WHERE key = ${STORE_KEYS.publicUrl}`,
  )
  return rows[0]?.url ?? undefined
}

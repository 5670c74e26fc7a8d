import type { AuthorList, ListKind, StoredAuthors } from '../chain/authors.ts'
import { type Pool, query, type Transaction } from '../db/client.ts'
import { STORE_KEYS } from '../db/store.ts'
import { Prisma } from '../generated/prisma/client.ts'

const KEY = STORE_KEYS.authorsTo

/** Only authors who are registered here: nobody else is notified. */
export const storedAuthors =
  (pool: Pool): StoredAuthors =>
  async (kind, ids) => {
    const { rows: lists } = await query<{ id: string; isComplete: boolean; readTo: Date | null }>(
      pool,
      Prisma.sql`
      SELECT id, "isComplete", "readTo" FROM "AuthorList" WHERE kind = ${kind} AND id = ANY(${[...ids]}::text[])`,
    )
    if (!lists.length) return []
    const complete = lists.filter(({ isComplete }) => isComplete).map(({ id }) => id)
    const { rows: authors } = await query<{ listId: string; memberId: string; firstPost: number }>(
      pool,
      Prisma.sql`
      SELECT a."listId", a."memberId"::text AS "memberId", a."firstPost"::float8 AS "firstPost"
      FROM "KnownAuthor" a JOIN "Member" m ON m.id = a."memberId"
      WHERE a.kind = ${kind} AND a."listId" = ANY(${complete}::text[])`,
    )
    const byList = Map.groupBy(authors, ({ listId }) => listId)
    return lists.map(({ id, isComplete, readTo }) => ({
      kind,
      id,
      isComplete,
      readTo: readTo?.toISOString() ?? null,
      firstPosts: new Map(byList.get(id)?.map(({ memberId, firstPost }) => [memberId, firstPost])),
    }))
  }

/** Adds lists and authors. What is stored of a list is never taken back. */
export async function saveAuthors(transaction: Transaction, lists: AuthorList[]): Promise<void> {
  if (!lists.length) return
  const authors = lists.flatMap(({ kind, id, firstPosts }) =>
    [...firstPosts].flatMap(([memberId, firstPost]) =>
      isInteger(memberId) ? [{ kind, id, memberId: Number(memberId), firstPost }] : [],
    ),
  )
  await transaction.query(Prisma.sql`
    INSERT INTO "AuthorList" AS l (kind, id, "isComplete", "readTo")
    SELECT * FROM unnest(
      ${lists.map(({ kind }) => kind)}::text[], ${lists.map(({ id }) => id)}::text[],
      ${lists.map(({ isComplete }) => isComplete)}::bool[], ${lists.map(({ readTo }) => readTo)}::timestamptz[])
    ON CONFLICT (kind, id) DO UPDATE
    SET "isComplete" = excluded."isComplete", "readTo" = excluded."readTo", "updatedAt" = now()
    WHERE NOT l."isComplete"`)
  await transaction.query(Prisma.sql`
    INSERT INTO "KnownAuthor" AS a (kind, "listId", "memberId", "firstPost")
    SELECT * FROM unnest(
      ${authors.map(({ kind }) => kind)}::text[], ${authors.map(({ id }) => id)}::text[],
      ${authors.map(({ memberId }) => memberId)}::int[], ${authors.map(({ firstPost }) => firstPost)}::bigint[])
    ON CONFLICT (kind, "listId", "memberId") DO UPDATE SET "firstPost" = excluded."firstPost", "updatedAt" = now()
    WHERE excluded."firstPost" < a."firstPost"`)
}

const isInteger = (id: string) => Number.isInteger(Number(id)) && Number(id) < 2 ** 31

/** Notes the block up to which the posts of complete lists are known. */
export async function noteAuthorsTo(transaction: Transaction, block: number): Promise<void> {
  await transaction.query(Prisma.sql`
    INSERT INTO "Store" (key, value) VALUES (${KEY}, jsonb_build_object('block', ${block}::int))
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, "updatedAt" = now()`)
}

/** If blocks were skipped, posts in them are not known: complete lists have to be read again. */
export async function forgetAuthorsBefore(pool: Pool, block: number): Promise<void> {
  await query(
    pool,
    Prisma.sql`
    DELETE FROM "AuthorList" WHERE "isComplete" AND NOT EXISTS (
      SELECT FROM "Store" WHERE key = ${KEY} AND (value->>'block')::int >= ${block}::int)`,
  )
}

/** The list that was read longest ago, of those that are not complete. */
export async function nextUnread(pool: Pool): Promise<AuthorList | undefined> {
  const { rows } = await query<{ kind: ListKind; id: string; readTo: Date | null }>(
    pool,
    Prisma.sql`SELECT kind, id, "readTo" FROM "AuthorList" WHERE NOT "isComplete" ORDER BY "updatedAt", kind, id LIMIT 1`,
  )
  const [list] = rows
  return list && { ...list, readTo: list.readTo?.toISOString() ?? null, isComplete: false, firstPosts: new Map() }
}

/** Lets the other lists be read first. */
export async function postponeUnread(pool: Pool, { kind, id }: AuthorList): Promise<void> {
  await query(pool, Prisma.sql`UPDATE "AuthorList" SET "updatedAt" = now() WHERE kind = ${kind} AND id = ${id}`)
}

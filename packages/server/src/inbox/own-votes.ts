import { Prisma } from '../generated/prisma/client.ts'

/** Whether "Event" `e` is about votes of accounts that somebody watches, or was when it was recorded. */
export const HAS_ACCOUNTS = Prisma.sql`e.data ? 'accounts'`

/** The data that words get, of "Event" `e`. The rest is for `votesOf` alone: hundreds of accounts, in every row. */
export const DATA = Prisma.sql`
  CASE WHEN ${HAS_ACCOUNTS} THEN e.data - '{accounts,withOtherVotes}'::text[] ELSE e.data END`

/**
 * The votes of a member that "Event" `e` is about, as `Addressee` has them, for one that has accounts. Null: the member
 * watches none of them. The data is large, and read only for members who watch accounts.
 */
export const votesOf = (memberId: Prisma.Sql): Prisma.Sql => Prisma.sql`(
  SELECT json_build_object(
    'labels', array_agg(w.label ORDER BY w.id),
    'hasOthers', bool_or(e.data->'withOtherVotes' ? w."memberId"::text)
  )
  FROM "WatchedAccount" w WHERE w."memberId" = ${memberId} AND e.data->'accounts' ? w.account
  HAVING count(*) > 0
)`

/** Whether a member watches accounts: for anybody else, there is no need to look for votes. */
export const watchesAccounts = (memberId: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`EXISTS (SELECT FROM "WatchedAccount" w WHERE w."memberId" = ${memberId})`

/** The same as `votesOf` for any event. */
export const votesIfAny = (memberId: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`CASE WHEN ${HAS_ACCOUNTS} THEN ${votesOf(memberId)} END`

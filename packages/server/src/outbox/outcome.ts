import { Prisma } from '../generated/prisma/client.ts'
import { reasonSql } from './reasons.ts'

/**
 * What became of the email about a notification `n`: the email says it where there is one, the notification where there
 * never was. Neither does after an operator has deleted the email.
 */
export const EMAIL_OF_NOTIFICATION = Prisma.sql`LEFT JOIN "Email" m ON m.id = n."emailId"`

export const OUTCOME_COLUMNS = Prisma.sql`
  coalesce(m.status, n."emailStatus", 'IGNORED') AS "emailStatus",
  CASE
    WHEN m.status = 'IGNORED' THEN m.reason
    WHEN m.id IS NOT NULL THEN coalesce(m."failureCode", m.reason)
    WHEN n."emailStatus" IS NULL THEN ${reasonSql('EMAIL_DELETED')}
    ELSE n."emailStatusReason"
  END AS "emailStatusReason"`

export const hasEmailStatus = (status: string): Prisma.Sql => Prisma.sql`
  CASE WHEN n."emailId" IS NULL THEN coalesce(n."emailStatus", 'IGNORED') = ${status}::"NotificationEmailStatus"
  ELSE EXISTS (
    SELECT FROM "Email" m WHERE m.id = n."emailId" AND m.status = ${status}::"NotificationEmailStatus"
  ) END`

/** What an `UPDATE "Notification"` sets, to take it out of an email that goes without it. @param reason a code */
export const notEmailed = (reason: Prisma.Sql): Prisma.Sql => Prisma.sql`
  "emailId" = NULL, "emailStatus" = 'IGNORED', "emailStatusReason" = ${reason}, "updatedAt" = now()`

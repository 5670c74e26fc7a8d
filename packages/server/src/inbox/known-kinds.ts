import { isKind, kindNames } from '../events/kinds.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { Logger } from '../lib/logger.ts'

/**
 * A condition on a notification `n`. Another version of this service can have recorded kinds that the API's enum lacks:
 * clients would reject the whole answer.
 */
export const IS_KNOWN = Prisma.sql`n.kind = ANY (${kindNames}::text[])`

/** Logged once per kind: every look into the inbox would repeat it. */
const reported = new WeakMap<Logger, Set<string>>()

/** Logs kinds that are left out. @returns whether all are known */
export function areKnown(log: Logger, rows: readonly { kind: string }[]): boolean {
  const unknown = new Set(rows.map(({ kind }) => kind).filter((kind) => !isKind(kind)))
  if (unknown.size === 0) return true
  const before = reported.get(log) ?? new Set()
  reported.set(log, before.union(unknown))
  for (const kind of unknown.difference(before)) {
    log.warn(`Notifications of the kind ${kind} are left out of inboxes: this version does not know it. Update the API`)
  }
  return false
}

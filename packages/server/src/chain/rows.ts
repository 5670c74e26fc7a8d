import { QueryNodeError } from './client.ts'

/**
 * Whether a value can be an id of the query node: `OLYMPIA-123-4`, `forumWorkingGroup-1`, `17`. A thousand of them fit into
 * one request, which the query node limits to 100 KB.
 */
export const isId = (id: unknown): id is string => typeof id === 'string' && /^[\w.:-]{1,80}$/.test(id)

/** The rows of an answer that are rows: a malformed one must not spoil the others. @throws QueryNodeError without a list */
export function rowsOf<Row extends object>(rows: readonly Row[], what: string): Row[] {
  if (!Array.isArray(rows)) throw new QueryNodeError(`The query node returned no list of ${what}`)
  return rows.filter((row: Row | null) => typeof row === 'object' && row !== null)
}

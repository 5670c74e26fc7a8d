import type { Draft, Row } from './types.ts'

export type Table = ReturnType<typeof createTable>

/** The tables of a chain, by GraphQL type. */
export type Tables = ReadonlyMap<string, Table>

/** Throws if the type has no table. */
export function tableOf(tables: Tables, type: string): Table {
  const table = tables.get(type)
  if (!table) throw new Error(`There is no table of ${type}: add the type to chain/types.ts`)
  return table
}

/** Creates a table of committed rows. Rows are immutable: writing an id again replaces its row. */
export function createTable() {
  const rows = new Map<string, Row>()
  const indexes = new Map<string, Map<unknown, Set<string>>>()
  const inOrder: Row[] = []
  let writes = 0

  const index = (column: string, row: Row): void => {
    const keys = indexes.get(column)
    const ids = keys?.get(row[column])
    if (ids) ids.add(row.id)
    else keys?.set(row[column], new Set([row.id]))
  }

  const indexOn = (column: string): Map<unknown, Set<string>> => {
    const known = indexes.get(column)
    if (known) return known
    const keys = new Map<unknown, Set<string>>()
    indexes.set(column, keys)
    for (const row of rows.values()) index(column, row)
    return keys
  }

  const remove = (id: string): void => {
    const row = rows.get(id)
    if (!row) return
    rows.delete(id)
    for (const [column, keys] of indexes) keys.get(row[column])?.delete(id)
  }

  const write = (draft: Draft): Row => {
    writes += 1
    const row: Row = { ...draft, writeNumber: writes }
    rows.set(row.id, row)
    for (const column of indexes.keys()) index(column, row)
    return row
  }

  return {
    get size() {
      return rows.size
    },

    get: (id: string): Row | undefined => rows.get(id),

    /** All rows, last write last: PostgreSQL also moves an updated row to the end. */
    all: (): Iterable<Row> => rows.values(),

    /** The rows of an event table, in chain order. */
    inOrder: (): readonly Row[] => inOrder,

    put(draft: Draft): void {
      remove(draft.id)
      write(draft)
    },

    /** Adds an event after all others. */
    append(draft: Draft): void {
      inOrder.push(write(draft))
    },

    remove,

    /** The rows whose `column` is `value`. The first call for a column builds an index. */
    where(column: string, value: unknown): Row[] {
      const found: Row[] = []
      for (const id of indexOn(column).get(value) ?? []) {
        const row = rows.get(id)
        if (row) found.push(row)
      }
      return found
    },
  }
}

import type { Draft, Row } from './types.ts'

/** The committed rows of one type. */
export type Table = ReturnType<typeof createTable>

/** The tables of a chain by the type of their rows. */
export type Tables = ReadonlyMap<string, Table>

/** The table of a type. Throws if there is none. */
export function tableOf(tables: Tables, type: string): Table {
  const table = tables.get(type)
  if (!table) throw new Error(`There is no table of ${type}`)
  return table
}

/** Makes an empty table. Rows are never changed in place: writing an id again replaces its row. */
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
    const row: Row = { ...draft, written: writes }
    rows.set(row.id, row)
    for (const column of indexes.keys()) index(column, row)
    return row
  }

  return {
    get size() {
      return rows.size
    },

    get: (id: string): Row | undefined => rows.get(id),

    /** All rows, the last written last: PostgreSQL also moves a row to the end when it is updated. */
    all: (): Iterable<Row> => rows.values(),

    /** The rows of an event table in the order of the chain. */
    inOrder: (): readonly Row[] => inOrder,

    put(draft: Draft): void {
      remove(draft.id)
      write(draft)
    },

    /** Adds an event, which comes after all those added before. */
    append(draft: Draft): void {
      inOrder.push(write(draft))
    },

    remove,

    /** The rows whose `column` holds `value`; the first call makes the index. */
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

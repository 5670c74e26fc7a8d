import { type Tables, tableOf } from '../chain/table.ts'
import type { Row } from '../chain/types.ts'
import { compare, relationsIn, type Test, testOf, type Where, wheresIn } from './where.ts'

export type ListArguments = {
  readonly where?: Where | null
  readonly orderBy?: readonly string[] | null
  readonly limit?: number | null
  readonly offset?: number | null
}

/** The visible part of the chain: rows of blocks up to `head`, at most `maxRows` per list. */
export type View = { readonly head: number; readonly maxRows: number }

/** Answers a list query. Without `orderBy`, rows are sorted by their last write. */
export function select(tables: Tables, type: string, args: ListArguments, view: View): Row[] {
  const where = args.where ?? {}
  const offset = args.offset ?? 0
  const end = offset + Math.min(args.limit ?? 50, view.maxRows)
  const matches = testOf(tables, type, where)
  const isVisible: Test = (row) => row.block <= view.head && matches(row)
  const candidates = lookUp(tables, type, where)
  const direction = directionOf(args.orderBy ?? [])

  if (!candidates && direction && type.endsWith('Event'))
    return scan(tables, type, where, isVisible, direction, end).slice(offset)
  const rows = [...(candidates ?? tableOf(tables, type).all())].filter(isVisible)
  return rows.sort(comparator(args.orderBy ?? [])).slice(offset, end)
}

/** The candidate rows, if `where` names ids or foreign keys. */
function lookUp(tables: Tables, type: string, where: Where): Row[] | undefined {
  const table = tableOf(tables, type)
  const ids = idsIn(where)
  if (ids) return [...new Set(ids)].flatMap((id) => table.get(id) ?? [])
  for (const [relation, asked] of relationsIn(where)) {
    const keys = idsIn(asked)
    if (keys) return [...new Set(keys)].flatMap((key) => table.where(`${relation}Id`, key))
  }
  return undefined
}

function idsIn(where: Where): string[] | undefined {
  if (typeof where.id_eq === 'string') return [where.id_eq]
  return Array.isArray(where.id_in) ? where.id_in.map(String) : undefined
}

/** Chain order, its reverse, or undefined for any other order. */
function directionOf(orderBy: readonly string[]): 'ASC' | 'DESC' | undefined {
  const order = orderBy.join()
  if (order === '' || order === 'inBlock_ASC' || order === 'inBlock_ASC,indexInBlock_ASC') return 'ASC'
  if (order === 'inBlock_DESC' || order === 'inBlock_DESC,indexInBlock_DESC') return 'DESC'
  return undefined
}

function scan(
  tables: Tables,
  type: string,
  where: Where,
  isVisible: Test,
  direction: 'ASC' | 'DESC',
  maxRows: number,
): Row[] {
  const rows = tableOf(tables, type).inOrder()
  const [low, high] = blockRange(where)
  const first = indexOfBlock(rows, low)
  const last = indexOfBlock(rows, high + 1) - 1
  const step = direction === 'ASC' ? 1 : -1
  const found: Row[] = []
  for (let at = step > 0 ? first : last; at >= first && at <= last && found.length < maxRows; at += step) {
    const row = rows[at]
    if (row && isVisible(row)) found.push(row)
  }
  return found
}

/** The lowest and highest block that can match `where`. A range that is too wide is correct, only slower. */
function blockRange(where: Where): [number, number] {
  const ranges: [number, number][] = Object.entries(where).map(([filter, value]) => {
    if (filter === 'AND') return intersection(wheresIn(value).map(blockRange))
    if (filter === 'OR') return hull(wheresIn(value).map(blockRange))
    if (typeof value !== 'number') return everything
    if (filter === 'inBlock_eq') return [value, value]
    if (filter === 'inBlock_gt') return [value + 1, Infinity]
    if (filter === 'inBlock_gte') return [value, Infinity]
    if (filter === 'inBlock_lt') return [-Infinity, value - 1]
    if (filter === 'inBlock_lte') return [-Infinity, value]
    return everything
  })
  return intersection(ranges)
}

const everything: [number, number] = [-Infinity, Infinity]

const intersection = (ranges: readonly [number, number][]): [number, number] => [
  Math.max(-Infinity, ...ranges.map(([low]) => low)),
  Math.min(Infinity, ...ranges.map(([, high]) => high)),
]

const hull = (ranges: readonly [number, number][]): [number, number] =>
  ranges.length === 0
    ? everything
    : [Math.min(...ranges.map(([low]) => low)), Math.max(...ranges.map(([, high]) => high))]

/** Binary search for the first row of this block or a later one. */
function indexOfBlock(rows: readonly Row[], block: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.block ?? 0) < block) low = middle + 1
    else high = middle
  }
  return low
}

function comparator(orderBy: readonly string[]): (a: Row, b: Row) => number {
  const keys = orderBy.map((key) => {
    const split = key.lastIndexOf('_')
    return { column: key.slice(0, split), sign: key.endsWith('_DESC') ? -1 : 1 }
  })
  return (a, b) => {
    for (const { column, sign } of keys) {
      const order = compare(a[column], b[column])
      if (order !== 0) return order * sign
    }
    return a.writeNumber - b.writeNumber
  }
}

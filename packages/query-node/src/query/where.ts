import { type Tables, tableOf } from '../chain/table.ts'
import type { Row } from '../chain/types.ts'
import { targetOf } from './contract.ts'

/** The `where` of a list query: column filters (`inBlock_gt`), relation filters (`post: {...}`), OR, AND and NOT. */
export type Where = { readonly [filter: string]: unknown }

export type Test = (row: Row) => boolean

export const isWhere = (value: unknown): value is Where =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The filters in a value that holds a list, one filter or none. */
export const wheresIn = (value: unknown): Where[] => (Array.isArray(value) ? value : [value]).filter(isWhere)

export const relationsIn = (where: Where): [string, Where][] =>
  Object.entries(where).flatMap(([name, value]): [string, Where][] =>
    !Array.isArray(value) && isWhere(value) ? [[name, value]] : [],
  )

/** Turns a `where` into a test of rows. Throws if it contains a filter that is not implemented. */
export function testOf(tables: Tables, type: string, where: Where): Test {
  const tests = Object.entries(where).flatMap(([filter, value]): Test[] => {
    if (value === undefined) return []
    if (filter === 'AND') return wheresIn(value).map((one) => testOf(tables, type, one))
    if (filter === 'OR') return [anyOf(wheresIn(value).map((one) => testOf(tables, type, one)))]
    if (filter === 'NOT') return wheresIn(value).map((one) => not(testOf(tables, type, one)))
    if (filter.includes('_')) return [columnTest(filter, value)]
    return isWhere(value) ? [relationTest(tables, type, filter, value)] : []
  })
  return (row) => tests.every((test) => test(row))
}

const anyOf =
  (tests: readonly Test[]): Test =>
  (row) =>
    tests.length === 0 || tests.some((test) => test(row))

const not =
  (test: Test): Test =>
  (row) =>
    !test(row)

function relationTest(tables: Tables, type: string, relation: string, where: Where): Test {
  const target = targetOf(type, relation)
  const test = testOf(tables, target, where)
  return (row) => {
    const related = tableOf(tables, target).get(String(row[`${relation}Id`]))
    return related !== undefined && test(related)
  }
}

function columnTest(filter: string, value: unknown): Test {
  const split = filter.lastIndexOf('_')
  const column = filter.slice(0, split)
  const operator = filter.slice(split + 1)
  // What the real query node understands of a variant: its type.
  if (operator === 'json') return (row) => typeOf(row[column]) === Reflect.get(Object(value), 'isTypeOf_eq')
  if (operator === 'eq') return (row) => (cellOf(row, column) ?? null) === value
  if (operator === 'in') {
    const values = new Set(Array.isArray(value) ? value : [value])
    return (row) => values.has(cellOf(row, column))
  }
  if (operator === 'containsAny') {
    const values = new Set(Array.isArray(value) ? value : [value])
    return (row) => [cellOf(row, column)].flat().some((one) => values.has(one))
  }
  if (operator === 'contains') {
    const part = String(value).toLowerCase()
    return (row) => String(row[column]).toLowerCase().includes(part)
  }
  const accepts = comparisons[operator]
  if (!accepts) throw new Error(`The filter ${filter} is not implemented`)
  return (row) => isKnown(row[column]) && isKnown(value) && accepts(compare(row[column], value))
}

const typeOf = (variant: unknown): unknown => Reflect.get(Object(variant), '__typename')

/** Some columns are computed when they are read. */
function cellOf(row: Row, column: string): unknown {
  const value = row[column]
  return typeof value === 'function' ? value() : value
}

const comparisons: Record<string, (order: number) => boolean> = {
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
}

const isKnown = (value: unknown): boolean => value !== null && value !== undefined

/** Compares two values of a column. Null comes last, as in PostgreSQL. */
export function compare(a: unknown, b: unknown): number {
  if (a === b) return 0
  if (!isKnown(a)) return 1
  if (!isKnown(b)) return -1
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : 1
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : 1
  return Number(a) - Number(b)
}

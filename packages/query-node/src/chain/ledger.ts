import { createTable, type Table, tableOf } from './table.ts'
import {
  type ChainEvent,
  type Columns,
  type Draft,
  type EntityType,
  type EventType,
  entityTypes,
  eventTypes,
  type TypeName,
} from './types.ts'

export type LedgerOptions = {
  /** Number of the first block that is written (default 1). */
  firstBlock?: number
  /** Time of the block before the first one (default 2026-01-01T00:00:00Z). */
  genesisTime?: Date
  /** Milliseconds from one block to the next (default 6000). */
  msPerBlock?: number
}

export type Ledger = ReturnType<typeof createLedger>

/**
 * The tables of the chain and the open block. What is written goes into the open block, is seen there by the next write,
 * and is seen by readers only once the block is committed.
 */
export function createLedger({ firstBlock = 1, genesisTime, msPerBlock = 6000 }: LedgerOptions = {}) {
  const genesis = (genesisTime ?? new Date('2026-01-01T00:00:00Z')).getTime()
  const tables: ReadonlyMap<TypeName, Table> = new Map(
    [...entityTypes, ...eventTypes].map((type) => [type, createTable()]),
  )
  const counters = new Map<string, number>()
  const entities = new Map<EntityType, Map<string, Draft | undefined>>()
  const events: { type: EventType; row: Draft }[] = []
  const eventIds = new Set<string>()
  let open = firstBlock - 1 // the genesis block, which is committed by the first `commit`
  let index = 0
  let indexIsShared = false

  const table = (type: TypeName): Table => tableOf(tables, type)

  /** Milliseconds since 1970 at which a block was made. */
  const timeOf = (block: number): number => genesis + (block - (firstBlock - 1)) * msPerBlock

  const find = (type: EntityType, id: string): Draft | undefined => {
    const drafts = entities.get(type)
    return drafts?.has(id) ? drafts.get(id) : table(type).get(id)
  }

  const get = (type: EntityType, id: string): Draft => {
    const row = find(type, id)
    if (!row) throw new Error(`There is no ${type} ${id}`)
    return row
  }

  const draft = (type: EntityType, id: string, row: Draft | undefined): void => {
    const drafts = entities.get(type) ?? new Map<string, Draft | undefined>()
    entities.set(type, drafts.set(id, row))
  }

  const skipIndex = (): void => {
    if (!indexIsShared) index += 1
  }

  return {
    tables,
    table,
    timeOf,
    find,
    get,
    skipIndex,

    /** Number of the open block. */
    get open(): number {
      return open
    },

    /** The rows of a type whose `column` holds `value`, those of the open block included. */
    where(type: EntityType, column: string, value: unknown): Draft[] {
      const rows = new Map<string, Draft | undefined>(
        table(type)
          .where(column, value)
          .map((row) => [row.id, row]),
      )
      for (const [id, row] of entities.get(type) ?? []) rows.set(id, row?.[column] === value ? row : undefined)
      return [...rows.values()].filter((row) => row !== undefined)
    },

    /** Takes the next number of a counter, or `wanted`; later numbers go on from the highest taken. */
    takeNumber(counter: string, first: number, wanted?: number): number {
      const next = counters.get(counter) ?? first
      const taken = wanted ?? next
      counters.set(counter, Math.max(next, taken + 1))
      return taken
    },

    /** Writes a new entity. Throws if the id is taken. */
    add(type: EntityType, id: string, columns: Columns): void {
      if (find(type, id)) throw new Error(`There is a ${type} ${id} already`)
      draft(type, id, { createdAt: timeOf(open), updatedAt: null, ...columns, id, block: open })
    },

    /** Writes some columns of an entity. Throws if there is none with the id. */
    change(type: EntityType, id: string, columns: Columns): void {
      draft(type, id, { ...get(type, id), updatedAt: timeOf(open), ...columns })
    },

    /** Takes an entity out. Throws if there is none with the id. */
    remove(type: EntityType, id: string): void {
      get(type, id)
      draft(type, id, undefined)
    },

    /** Raises an event. `byHook`: by the chain itself, not by somebody's extrinsic. */
    raise(type: EventType, columns: Columns = {}, byHook = false): ChainEvent {
      const indexInBlock = index
      const id = `OLYMPIA-${open}-${indexInBlock}`
      if (eventIds.has(type + id)) throw new Error(`There is a ${type} ${id} already`)
      eventIds.add(type + id)
      const inExtrinsic = byHook
        ? null
        : `0x${open.toString(16).padStart(32, '0')}${index.toString(16).padStart(32, '0')}`
      const common = { id, createdAt: timeOf(open), inExtrinsic, inBlock: open, network: 'OLYMPIA', indexInBlock }
      skipIndex()
      events.push({ type, row: { ...common, ...columns, id, block: open } })
      return { type, id, inBlock: open, indexInBlock }
    },

    /** Raises the events of `write` all at one index of the block. */
    atOneIndex<T>(write: () => T): T {
      indexIsShared = true
      try {
        return write()
      } finally {
        indexIsShared = false
        skipIndex()
      }
    },

    isEmpty: (): boolean => entities.size === 0 && events.length === 0,

    /** Makes the open block visible, all at once, and opens the next. Gives the number of the block committed. */
    commit(): number {
      for (const [type, drafts] of entities) {
        for (const [id, row] of drafts) {
          if (row) table(type).put(row)
          else table(type).remove(id)
        }
      }
      for (const { type, row } of events) table(type).append(row)
      entities.clear()
      events.length = 0
      eventIds.clear()
      index = 0
      open += 1
      return open - 1
    },

    /** Commits `count` blocks with nothing in them. */
    skipBlocks(count: number): void {
      open += count
    },
  }
}

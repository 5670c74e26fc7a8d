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
  /** The number of the first block after genesis (default 1). */
  firstBlock?: number
  /** The time of the genesis block (default 2026-01-01T00:00:00Z). */
  genesisTime?: Date
  /** Default 6000. */
  msPerBlock?: number
}

export type Ledger = ReturnType<typeof createLedger>

/** The tables of the chain and the open block. Writes go to the open block: later writes see them, readers do not. */
export function createLedger({ firstBlock = 1, genesisTime, msPerBlock = 6000 }: LedgerOptions = {}) {
  const genesis = (genesisTime ?? new Date('2026-01-01T00:00:00Z')).getTime()
  const tables: ReadonlyMap<TypeName, Table> = new Map(
    [...entityTypes, ...eventTypes].map((type) => [type, createTable()]),
  )
  const counters = new Map<string, number>()
  const entities = new Map<EntityType, Map<string, Draft | undefined>>()
  const events: { type: EventType; row: Draft }[] = []
  const eventIds = new Set<string>()
  let openBlock = firstBlock - 1 // genesis, until the first `commit`
  let nextIndex = 0
  let indexIsShared = false

  const table = (type: TypeName): Table => tableOf(tables, type)

  /** In milliseconds since 1970. */
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
    if (!indexIsShared) nextIndex += 1
  }

  return {
    tables,
    table,
    timeOf,
    find,
    get,
    skipIndex,

    get openBlock(): number {
      return openBlock
    },

    /** The rows whose `column` is `value`, including those of the open block. */
    where(type: EntityType, column: string, value: unknown): Draft[] {
      const rows = new Map<string, Draft | undefined>(
        table(type)
          .where(column, value)
          .map((row) => [row.id, row]),
      )
      for (const [id, row] of entities.get(type) ?? []) rows.set(id, row?.[column] === value ? row : undefined)
      return [...rows.values()].filter((row) => row !== undefined)
    },

    /** Takes the next number of a counter, or `wanted`. Later numbers continue after the highest one taken. */
    takeNumber(counter: string, first: number, wanted?: number): number {
      const next = counters.get(counter) ?? first
      const taken = wanted ?? next
      counters.set(counter, Math.max(next, taken + 1))
      return taken
    },

    /** Adds an entity. Throws if the id is taken. */
    add(type: EntityType, id: string, columns: Columns): void {
      if (find(type, id)) throw new Error(`There is a ${type} ${id} already`)
      draft(type, id, { createdAt: timeOf(openBlock), updatedAt: null, ...columns, id, block: openBlock })
    },

    /** Changes columns of an entity. Throws if the entity does not exist. */
    change(type: EntityType, id: string, columns: Columns): void {
      draft(type, id, { ...get(type, id), updatedAt: timeOf(openBlock), ...columns })
    },

    /** Removes an entity. Throws if it does not exist. */
    remove(type: EntityType, id: string): void {
      get(type, id)
      draft(type, id, undefined)
    },

    /** Raises an event. `byHook`: the chain itself raised it, not a transaction (extrinsic). */
    raise(type: EventType, columns: Columns = {}, byHook = false): ChainEvent {
      const indexInBlock = nextIndex
      const id = `OLYMPIA-${openBlock}-${indexInBlock}`
      if (eventIds.has(type + id)) throw new Error(`There is a ${type} ${id} already`)
      eventIds.add(type + id)
      const inExtrinsic = byHook
        ? null
        : `0x${openBlock.toString(16).padStart(32, '0')}${indexInBlock.toString(16).padStart(32, '0')}`
      const createdAt = timeOf(openBlock)
      const common = { id, createdAt, inExtrinsic, inBlock: openBlock, network: 'OLYMPIA', indexInBlock }
      skipIndex()
      events.push({ type, row: { ...common, ...columns, id, block: openBlock } })
      return { type, id, inBlock: openBlock, indexInBlock }
    },

    /** Gives all events that `write` raises the same index. */
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

    /** Commits the open block, opens the next one and returns the number of the committed one. */
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
      nextIndex = 0
      openBlock += 1
      return openBlock - 1
    },

    /** Commits empty blocks. */
    skipBlocks(count: number): void {
      openBlock += count
    },
  }
}

import { councilBuilders } from './council.ts'
import { forumBuilders } from './forum.ts'
import { createLedger, type LedgerOptions } from './ledger.ts'
import { memberBuilders } from './members.ts'
import { proposalBuilders } from './proposals.ts'
import type { ChainEvent, Columns, EntityType, EventType } from './types.ts'
import { addWorkingGroups, workingGroupBuilders } from './working-groups.ts'

export type ChainOptions = LedgerOptions
export type Chain = ReturnType<typeof createChain>

/**
 * Makes a chain with the nine working groups, an empty council and an announcing stage. Its builders write into the open
 * block, which readers see once it is committed.
 */
export function createChain(options: ChainOptions = {}) {
  const ledger = createLedger(options)
  const { genesis, ...council } = councilBuilders(ledger)
  addWorkingGroups(ledger)
  genesis()
  ledger.commit()

  const emptyBlocks = (count: number): void => {
    if (!ledger.isEmpty()) ledger.commit()
    ledger.skipBlocks(count)
  }

  return {
    ...memberBuilders(ledger),
    ...forumBuilders(ledger),
    ...proposalBuilders(ledger),
    ...workingGroupBuilders(ledger),
    ...council,

    /** The committed rows, for the server. */
    tables: ledger.tables,

    /** Number of the last committed block. */
    get head(): number {
      return ledger.open - 1
    },

    /** Number of the block that is open. */
    get openBlock(): number {
      return ledger.open
    },

    /** The time of a block. */
    timeOf: (block: number): Date => new Date(ledger.timeOf(block)),

    /** Makes the open block visible, all at once, and opens the next. Gives the number of the block committed. */
    commitBlock: (): number => ledger.commit(),

    /** Commits the open block if anything was written, writes into a block of its own, commits it. Gives what `write` gives. */
    block<T>(write: () => T): T {
      if (!ledger.isEmpty()) ledger.commit()
      const written = write()
      ledger.commit()
      return written
    },

    /** Commits the open block if anything was written, and then `count` blocks with nothing in them. */
    emptyBlocks,

    /** Takes an entity out of the indexer, so that events refer to something that is not there. */
    forget(entity: { readonly type: EntityType; readonly id: string }): void {
      ledger.remove(entity.type, entity.id)
    },

    /** Raises an event with whatever columns, of entities that need not exist. */
    raise: (type: EventType, columns: Columns): ChainEvent => ledger.raise(type, columns),

    /** Raises the events of `write` at one index of the block: events of several types then have the same id. */
    atOneIndex: <T>(write: () => T): T => ledger.atOneIndex(write),
  }
}

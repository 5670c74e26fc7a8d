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
 * Creates a chain with the nine working groups, an empty council and an announcing stage. Its builders write to the open
 * block, which readers see when it is committed.
 */
export function createChain(options: ChainOptions = {}) {
  const ledger = createLedger(options)
  const { underNewCouncil, ...proposals } = proposalBuilders(ledger)
  const { genesis, ...council } = councilBuilders(ledger, { underNewCouncil })
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
    ...proposals,
    ...workingGroupBuilders(ledger),
    ...council,

    /** The committed rows. */
    tables: ledger.tables,

    /** The number of the last committed block. */
    get head(): number {
      return ledger.openBlock - 1
    },

    get openBlock(): number {
      return ledger.openBlock
    },

    timeOf: (block: number): Date => new Date(ledger.timeOf(block)),

    /** Commits the open block, opens the next one and returns the number of the committed one. */
    commitBlock: (): number => ledger.commit(),

    /** Runs `write` in a block of its own, commits the block and returns the result. */
    block<T>(write: () => T): T {
      if (!ledger.isEmpty()) ledger.commit()
      const written = write()
      ledger.commit()
      return written
    },

    /** Commits the open block unless it is empty, then `count` empty blocks. */
    emptyBlocks,

    /** Removes an entity, so that events refer to a missing one. */
    forget(entity: { readonly type: EntityType; readonly id: string }): void {
      ledger.remove(entity.type, entity.id)
    },

    /** Raises an event with any columns. The entities it refers to need not exist. */
    raise: (type: EventType, columns: Columns): ChainEvent => ledger.raise(type, columns),

    /** Gives all events that `write` raises the same index, and so the same id. */
    atOneIndex: <T>(write: () => T): T => ledger.atOneIndex(write),
  }
}

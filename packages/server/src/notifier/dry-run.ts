import { lookUps } from '../chain/look-ups.ts'
import { standing } from '../chain/standing.ts'
import { readHead, readWindow } from '../chain/window.ts'
import { inTransaction } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { circumstancesOf, previewNotifications, type Resolved } from './audience/resolve.ts'
import { type SetAside, understand, type Waiting } from './audience/understand.ts'
import { checkHead, readCursor } from './cursor.ts'
import { firstBlock } from './first-cursor.ts'
import { typesBut } from './left-out.ts'
import type { NotifierDeps } from './run.ts'
import { storedFacts } from './stored.ts'

export type Preview = { block: number; resolved: Resolved[]; setAside: SetAside[]; waiting: Waiting[] }

/** Shows what a run would do: nothing is written, moved or sent. @throws QueryNodeError */
export async function* dryRun(deps: NotifierDeps): AsyncGenerator<Preview> {
  const { pool, queryNode, config } = deps
  const stored = await readCursor(pool)
  const types = typesBut(Object.keys(stored?.leftOut ?? {}))
  const head = await readHead(queryNode, types)
  if (stored) checkHead(head, stored)
  const forRun = standing(queryNode, config.proposalLengths)
  let block = stored?.block ?? firstBlock(head, config.startingBlock)
  while (block < head.block) {
    const window = await readWindow(queryNode, block, head, types)
    const fresh = window.events.filter(({ id }) => !stored?.handled.has(id))
    const chain = lookUps(queryNode, forRun, storedFacts(pool), fresh)
    const { understood, setAside, waiting } = await understand(fresh, chain)
    const resolved = await inTransaction(pool, async (transaction) => {
      // PostgreSQL itself rejects every write.
      await transaction.query(Prisma.sql`SET TRANSACTION READ ONLY`)
      return previewNotifications(transaction, understood, circumstancesOf(deps))
    })
    block = window.end
    yield { block, resolved, setAside, waiting }
  }
}

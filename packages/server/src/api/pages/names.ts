import { type Named, readNames } from '../../chain/names.ts'
import type { Thing } from '../../events/thing.ts'
import { explain } from '../../lib/explain.ts'
import { withTimeout } from '../../lib/wait.ts'
import type { PageDeps } from './deps.ts'

/** A page waits no longer for names: it works without them. */
const PATIENCE_MS = 3_000

type Names = Awaited<ReturnType<typeof readNames>>

/** @returns titles by id, as far as the query node gives them in time */
export function namesFor({ queryNode, log }: PageDeps, named: Named): Promise<Names> {
  const none: Names = { threads: new Map(), categories: new Map(), proposals: new Map() }
  const read = readNames(queryNode, named).catch((error: unknown) => {
    log.warn(`A page shows ids instead of names: ${explain(error).message}`)
    return none
  })
  return withTimeout(read, PATIENCE_MS, none)
}

export async function nameOf(deps: PageDeps, { type, id }: Thing): Promise<string | undefined> {
  const names = await namesFor(deps, {
    threads: type === 'thread' ? [id] : [],
    categories: [],
    proposals: type === 'proposal' ? [id] : [],
  })
  return names[`${type}s`].get(id)
}

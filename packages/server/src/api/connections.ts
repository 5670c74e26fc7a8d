import type { Server } from 'node:http'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'

/** Files that are kept for what answers a request: the database, the query node, mail servers, modules. */
const RESERVE = 100
const FEWEST = 10
const MINUTE = 60_000

/**
 * Clients get no more connections than there are files to spare. Without a limit they take them all, and what then
 * cannot be opened fails: a module that Node.js could not load once, it never tries to load again.
 */
export function limitConnections(server: Server, log: Logger): void {
  const files = openFilesLimit()
  if (files !== undefined) server.maxConnections = Math.max(files - RESERVE, FEWEST)
  let said = -MINUTE
  server.on('drop', () => {
    if (performance.now() - said < MINUTE) return
    said = performance.now()
    const most = `${server.maxConnections} clients are connected, as many as ${files} open files allow`
    log.warn(`${most}: more are turned away until some leave. Raise the limit of this process (ulimit -n)`)
  })
  server.on('error', (error) => log.error(`The API could not take a connection: ${explain(error).message}`))
}

/** How many files this process may have open, where the system limits it. */
function openFilesLimit(): number | undefined {
  // Its types lack this option, without which it looks up the name of every peer.
  const report = Object.assign(process.report, { excludeNetwork: true })
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft: number | string } } }
  const soft = Number(userLimits?.open_files?.soft)
  return Number.isInteger(soft) ? soft : undefined
}

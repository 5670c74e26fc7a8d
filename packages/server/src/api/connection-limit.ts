import type { Server } from 'node:http'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'

/** Kept free for the database, the query node, mail servers and modules. */
const RESERVED_FILES = 100
const MIN_CONNECTIONS = 10
const WARNING_INTERVAL_MS = 60_000

/** Keeps clients from taking every file that the process can open: Node.js never retries a module it failed to open. */
export function limitConnections(server: Server, log: Logger): void {
  const files = openFilesLimit()
  if (files !== undefined) server.maxConnections = Math.max(files - RESERVED_FILES, MIN_CONNECTIONS)
  let warnedAt = -WARNING_INTERVAL_MS
  server.on('drop', () => {
    if (performance.now() - warnedAt < WARNING_INTERVAL_MS) return
    warnedAt = performance.now()
    const limit = `${server.maxConnections} clients are connected, the most that ${files} open files allow`
    log.warn(`${limit}. New connections are refused: raise this process's limit (ulimit -n)`)
  })
  server.on('error', (error) => log.error(`Cannot accept a connection: ${explain(error).message}`))
}

function openFilesLimit(): number | undefined {
  // Otherwise the report looks up every peer's host name. The types lack this option.
  const report = Object.assign(process.report, { excludeNetwork: true })
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft: number | string } } }
  const soft = Number(userLimits?.open_files?.soft)
  return Number.isInteger(soft) ? soft : undefined
}

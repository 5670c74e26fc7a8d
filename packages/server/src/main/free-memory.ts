import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Returns to the system what only loading the program needed, about 30 MB: an idle process allocates nothing, so V8
 * would keep it.
 */
export function freeMemory(): void {
  setFlagsFromString('--expose-gc')
  const collect: NodeJS.GCFunction = runInNewContext('gc')
  setFlagsFromString('--stress-flush-code')
  collect({ type: 'major', flavor: 'last-resort', execution: 'sync' })
  collect({ type: 'major', flavor: 'last-resort', execution: 'sync' })
  // Or each later collection would throw away code that requests use.
  setFlagsFromString('--no-stress-flush-code')
}

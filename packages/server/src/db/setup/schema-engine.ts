import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg'
import type { Pool } from '../client.ts'

// Node has it; the types of Node do not.
declare const WebAssembly: {
  instantiate: (
    wasm: Uint8Array,
    imports: Record<string, object>,
  ) => Promise<{ instance: { exports: Record<string, unknown> } }>
}

// The package is made for bundlers, which instantiate its `.wasm` import. In Node this is done by hand.
let loading: Promise<void> | undefined
function load(): Promise<void> {
  loading ??= (async () => {
    const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    const wasm = await readFile(entry.replace(/\.js$/, '.wasm'))
    const { instance } = await WebAssembly.instantiate(wasm, {
      './schema_engine_bg.js': { ...engine, ...unreferencedTimers() },
    })
    engine.__wbg_set_wasm(instance.exports)
    const { __wbindgen_start: start } = instance.exports
    if (typeof start === 'function') start()
  })()
  return loading
}

/** The engine leaves a timer of ten seconds behind, which would keep a finished process alive. */
function unreferencedTimers() {
  const timers = Object.entries(engine).filter(([name]) => name.startsWith('__wbg_setTimeout'))
  return Object.fromEntries(
    timers.map(([name, start]) => [
      name,
      (...args: unknown[]) => {
        const timer: unknown = (start as (...args: unknown[]) => unknown)(...args)
        if (timer && typeof timer === 'object' && 'unref' in timer) (timer as NodeJS.Timeout).unref()
        return timer
      },
    ]),
  )
}

/**
 * Prisma's schema engine in WebAssembly, connected to a database: what `prisma migrate` does, without a native binary.
 * @param schema the text of schema.prisma
 * @throws Error when the database cannot be reached, and whatever the work throws
 */
export async function withSchemaEngine<T>(
  pool: Pool,
  schema: string,
  work: (schemaEngine: engine.SchemaEngine) => Promise<T>,
): Promise<T> {
  await load()
  const { rows } = await pool.query<{ schema: string }>('SELECT current_schema() AS schema')
  const { factory, close, failure } = adapterFactory(pool, rows[0]?.schema)
  const schemaEngine = await engine.SchemaEngine.new(
    { datamodels: [['schema.prisma', schema]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(factory),
  )
  try {
    return await work(schemaEngine)
  } catch (error) {
    throw failure() ?? error
  } finally {
    schemaEngine.free()
    await close()
  }
}

/**
 * Held by PostgreSQL while it runs a script. It continues with a script whose sender has died, so the sender's own locks
 * do not show that.
 */
export const SCRIPT_LOCK = 'migration script'

/**
 * The adapter cuts a script at every semicolon: a body in dollar quotes breaks, and a failure leaves half of the script
 * applied. Sent as one message, PostgreSQL runs it as one transaction. The record of its end is part of it: a migration
 * without an end was not applied, whatever became of the sender.
 */
const asOneTransaction = (script: string) => `
  SELECT pg_advisory_xact_lock(hashtext('${SCRIPT_LOCK}'));
  ${script}
  ;
  UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL`

/** The number of the lock that Prisma's engine, here and in `prisma migrate`, holds in a session. */
export const PRISMA_LOCK = 72_707_369

function adapterFactory(pool: Pool, schema = 'public') {
  const factory = new PrismaPg(pool, { schema })
  const connect = factory.connect.bind(factory)
  const adapters: Awaited<ReturnType<typeof connect>>[] = []
  let failure: Error | undefined
  factory.connect = async () => {
    const adapter = await connect()
    adapters.push(adapter)
    const executeRaw = adapter.executeRaw.bind(adapter)
    // `migrate` holds Prisma's lock in a transaction. In a session, a pooler would leave it to somebody else.
    adapter.executeRaw = async (query) =>
      query.sql === `SELECT pg_advisory_lock(${PRISMA_LOCK})` ? 0 : executeRaw(query)
    adapter.executeScript = async (script) => {
      try {
        await pool.query(asOneTransaction(script))
      } catch (error) {
        failure = error as Error
        throw error
      }
    }
    return adapter
  }
  const close = async () => {
    for (const adapter of adapters) await adapter.dispose()
  }
  // The engine reports a number instead of PostgreSQL's answer.
  return { factory, close, failure: () => failure }
}

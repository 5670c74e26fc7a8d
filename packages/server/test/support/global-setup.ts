import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../../src/db/setup/embedded.ts'
import { migrate } from '../../src/db/setup/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL server on which tests make databases of their own. */
    serverUrl: string
    /** A migrated, empty database to clone. */
    template: string
  }
}

const DATA = resolve(import.meta.dirname, '../../../../.data')

/** One throw-away server for all test files, or the one that DATABASE_URL names; one migrated database to clone. */
export default async function setup(project: TestProject) {
  await mkdir(DATA, { recursive: true })
  const folder = await mkdtemp(join(DATA, 'test-'))
  const given = process.env.DATABASE_URL
  const fast = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '300' }
  const server = given ? { url: given, close: async () => {} } : await startEmbedded(join(folder, 'postgres'), fast)

  const template = `notifications_template_${process.pid}`
  const admin = new pg.Client({ connectionString: server.url })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${template}`)
  const url = new URL(server.url)
  url.pathname = template
  await migrate(url.href)
  project.provide('serverUrl', server.url)
  project.provide('template', template)

  return async () => {
    await admin.query(`DROP DATABASE ${template} WITH (FORCE)`)
    await admin.end()
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

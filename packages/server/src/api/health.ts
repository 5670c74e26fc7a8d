import { readMigrationNames } from '../database/migration-names.ts'
import type { ApiDeps } from './builder.ts'

/** Whether this service can do its work: the database answers, and it is up to date. */
export async function readiness({ db }: Pick<ApiDeps, 'db'>) {
  const applied = await db.$queryRaw<{ name: string }[]>`
    SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL`
  const names = new Set(applied.map(({ name }) => name))
  const missing = (await readMigrationNames()).filter((name) => !names.has(name))
  const cursor = await db.store.findUnique({ where: { key: 'Progress' }, select: { value: true, updatedAt: true } })
  return {
    ready: missing.length === 0,
    database: missing.length ? `not up to date, run \`npm run migrate\`: ${missing.join(', ')}` : 'ok',
    notifier: cursor ? { cursor: cursor.value, movedAt: cursor.updatedAt } : 'has not run yet',
  }
}

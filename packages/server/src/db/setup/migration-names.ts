import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

export const PRISMA = resolve(import.meta.dirname, '../../../prisma')
export const MIGRATIONS = join(PRISMA, 'migrations')

export async function readMigrationNames(): Promise<string[]> {
  const entries = await readdir(MIGRATIONS, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { removeEmbedded } from '../../src/db/setup/embedded.ts'

const NAME = /^demo-(\d+)-\w{6}$/
const DAY_MS = 24 * 60 * 60 * 1000

export const databaseIn = (folder: string) => join(folder, 'postgres')
export const mailboxIn = (folder: string) => join(folder, 'mailbox')

/** Makes the folder that holds all files of one demo. */
export async function createDemoFolder(dataFolder: string): Promise<string> {
  await mkdir(dataFolder, { recursive: true })
  return mkdtemp(join(dataFolder, `demo-${process.pid}-`))
}

/** Stops the servers and deletes the folders of demos that were killed. Demos that are alive keep theirs. */
export async function removeKilledDemos(dataFolder: string): Promise<void> {
  const entries = await readdir(dataFolder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const [, pid] = (entry.isDirectory() && NAME.exec(entry.name)) || []
    if (!pid) continue
    const folder = join(dataFolder, entry.name)
    try {
      // A demo has no lock until its server runs. After a day, another process may have its id, and the lock decides.
      if (exists(Number(pid)) && (await ageMs(folder)) < DAY_MS) continue
      await removeEmbedded(databaseIn(folder))
      await rm(folder, { recursive: true, force: true })
    } catch {
      // The demo is alive, or the folder belongs to another user: either way it is not ours to remove.
    }
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const ageMs = async (folder: string) => Date.now() - (await stat(folder)).mtimeMs

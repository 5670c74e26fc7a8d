import { execFileSync } from 'node:child_process'
import { chown, mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { migrate } from '../../../src/db/setup/migrate.ts'
import { ask, type Postgres } from './postgres.ts'

/** A database on a disk that can be filled. */
export type Disk = { postgres: Postgres; fill: () => Promise<unknown>; makeRoom: () => Promise<unknown> }

const mount = (folder: string) => execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', folder])

/** Only root may mount, and not everywhere. */
export async function canMount(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'disk-'))
  try {
    mount(folder)
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A small tmpfs for everything except PostgreSQL's write-ahead log. */
export async function smallDisk(postgres: Postgres): Promise<Disk> {
  const folder = await mkdtemp(join(tmpdir(), 'disk-'))
  mount(folder)
  onTestFinished(async () => {
    execFileSync('umount', ['-l', folder])
    await rm(folder, { recursive: true })
  })
  const { uid, gid } = await stat(postgres.data)
  await chown(folder, uid, gid)
  await ask(postgres.url, `CREATE TABLESPACE small LOCATION '${folder}'`)
  await ask(postgres.url, 'CREATE DATABASE small TABLESPACE small')
  const url = new URL(postgres.url)
  url.pathname = 'small'
  await migrate(url.href)
  onTestFinished(async () => {
    await ask(postgres.url, 'DROP DATABASE small WITH (FORCE)')
    await ask(postgres.url, 'DROP TABLESPACE small')
  })
  const filler = join(folder, 'filler')
  return {
    postgres: { ...postgres, url: url.href },
    async fill() {
      const file = await open(filler, 'a')
      try {
        for (;;) await file.write(Buffer.alloc(4_096))
      } catch {
        // As it was meant.
      } finally {
        await file.close()
      }
    },
    makeRoom: () => rm(filler),
  }
}

/** PostgreSQL reports a full disk on every write into the growing tables. */
export async function pretendedDisk(postgres: Postgres): Promise<Disk> {
  const makeRoom = () => ask(postgres.url, 'DROP FUNCTION IF EXISTS full_disk CASCADE')
  onTestFinished(async () => void (await makeRoom()))
  return {
    postgres,
    makeRoom,
    async fill() {
      await ask(
        postgres.url,
        `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100'; END $$`,
      )
      for (const table of ['Event', 'Notification', 'Email']) {
        await ask(
          postgres.url,
          `CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON "${table}"
          FOR EACH ROW EXECUTE FUNCTION full_disk()`,
        )
      }
    },
  }
}

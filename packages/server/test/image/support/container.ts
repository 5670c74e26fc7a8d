import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { type Image, USER } from './build-image.ts'

/** Docker kills a container ten seconds after SIGTERM. A busy machine may need longer. */
const PATIENCE_MS = 60_000

/**
 * Whether this machine lets us do what Docker does: a process tree of its own, in which the program is process 1, on a
 * file system that cannot be written, as another user. That needs root and Linux.
 */
export const isolated =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', '--pid', '--fork', '--mount-proc', 'mount', '-o', 'remount,ro,bind', '/']).status ===
    0

/** Starts a container's process, until the end of the test. */
export function startContainer(image: Image, args: string[], variables: Record<string, string>) {
  const env = { ...image.environment, ...variables }
  const words = [...image.entryPoint, ...(args.length ? args : image.command)]
  const child = isolated
    ? spawn('unshare', [...'--mount --pid --fork --kill-child --mount-proc'.split(' '), ...confined(image, words)], {
        env,
      })
    : spawn(words[0] ?? '', words.slice(1), { env, cwd: image.folder })
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exit
  })
  // `unshare` waits for its only child, which is the first process of the container.
  const pid = () =>
    isolated ? Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')) : Number(child.pid)

  return {
    exit,
    output: () => output,
    /** Like `docker stop`. Null if it has to be killed. */
    async stop(): Promise<number | null> {
      process.kill(pid(), 'SIGTERM')
      return Promise.race([exit, sleep(PATIENCE_MS, null, { ref: false })])
    },
    /** The exit code of the image's HEALTHCHECK in this container. */
    health(): number | null {
      const into = ['--target', String(pid()), '--mount', '--pid', '--setuid', USER, '--setgid', USER]
      return spawnSync('nsenter', [...into, ...inFolder(image, image.healthCheck)], { env }).status
    },
  }
}

/** The tools that do so come from the machine, and its PATH; the program finds the image's. */
function confined(image: Image, words: string[]): string[] {
  const user = [`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', '--no-new-privs', '--bounding-set=-all']
  return ['sh', '-c', 'mount -o remount,ro,bind / && exec "$@"', 'sh', 'setpriv', ...user, ...inFolder(image, words)]
}

const inFolder = (image: Image, words: string[]) => ['sh', '-c', 'cd "$0" && exec "$@"', image.folder, ...words]

/** Without isolation, the image is at least write-protected. */
export function protect(image: Image): void {
  console.log('The roles run as this user, in a write-protected folder: more of a container needs Linux and root.')
  execFileSync('chmod', ['-R', 'a-w', image.root])
}

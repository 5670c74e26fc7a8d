import { execFile } from 'node:child_process'
import { chmod, copyFile, cp, mkdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { ignores, ROOT, readStages, type Stage, variablesIn, wordsOf } from '../../deployment/dockerfile.ts'

const run = promisify(execFile)

export type Image = {
  /** The image's root folder. */
  root: string
  /** The working directory. */
  folder: string
  environment: Record<string, string>
  entryPoint: string[]
  command: string[]
  healthCheck: string[]
  stages: Record<string, string>
}

/**
 * Builds in an empty folder by the Dockerfile's instructions. In place of the base image it uses this machine's npm and
 * the pinned Node.js.
 */
export async function buildImage(folder: string): Promise<Image> {
  const context = join(folder, 'context')
  await copyCheckout(context, (file) => !ignores(file))
  const path = await nodeAlone(join(folder, 'bin'))
  const stages = readStages()
  const built: Record<string, string> = {}
  let image = { root: '', folder: '', environment: {} as Record<string, string> }
  for (const [index, stage] of stages.entries()) {
    const root = join(folder, stage.name || `stage-${index}`)
    image = await buildStage(stage, { root, context, path, built })
    built[stage.name] = image.root
  }
  const last = stages.at(-1)
  return {
    ...image,
    environment: { PATH: path, ...image.environment },
    entryPoint: wordsOf(last, 'ENTRYPOINT'),
    command: wordsOf(last, 'CMD'),
    healthCheck: wordsOf(last, 'HEALTHCHECK'),
    stages: built,
  }
}

/** The user `node` of the base image. */
export const USER = '1000'
const isRoot = process.getuid?.() === 0

type Place = { root: string; context: string; path: string; built: Record<string, string> }

async function buildStage(stage: Stage, { root, context, path, built }: Place) {
  const environment: Record<string, string> = {}
  let asUser: string[] = []
  let folder = '/'
  const inside = (to: string) => join(root, resolve(folder, to))
  await mkdir(root, { recursive: true })
  for (const { name, flags, text } of stage.steps) {
    if (name === 'WORKDIR') {
      folder = resolve(folder, text)
      await mkdir(inside('.'), { recursive: true })
    } else if (name === 'ENV') {
      Object.assign(environment, variablesIn(text))
    } else if (name === 'USER') {
      asUser = isRoot ? ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'] : []
    } else if (name === 'COPY') {
      const from = flags.from ? built[flags.from] : context
      if (!from) throw new Error(`COPY from a stage that is not there: ${flags.from}`)
      const words = text.split(' ')
      const to = words.pop() ?? ''
      for (const source of words) await copy(join(from, source), inside(to), to.endsWith('/') || words.length > 1)
    } else if (name === 'RUN') {
      if (/(^|\s)\//.test(text)) throw new Error(`A step that names a place outside of its folder: ${text}`)
      const env = { ...npmSettings(), PATH: path, ...environment }
      const [program = '', ...words] = [...asUser, 'sh', '-c', text]
      await run(program, words, { cwd: inside('.'), env, maxBuffer: 1e8 })
    }
  }
  return { root, folder: inside('.'), environment }
}

/** Copies files of the checkout, without those that git ignores. */
export async function copyCheckout(folder: string, wanted: (file: string) => boolean = () => true): Promise<void> {
  const list = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT })
  for (const file of list.stdout.split('\0').filter((path) => path && wanted(path))) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await copyFile(join(ROOT, file), join(folder, file))
  }
}

async function copy(from: string, to: string, intoFolder: boolean): Promise<void> {
  const into = intoFolder && (await stat(from)).isFile() ? join(to, basename(from)) : to
  await cp(from, into, { recursive: true, verbatimSymlinks: true })
}

/** A PATH with the pinned Node.js only, and without this checkout's tools. */
async function nodeAlone(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  await copyFile(process.execPath, join(folder, 'node'))
  await chmod(join(folder, 'node'), 0o755)
  return `${folder}:/usr/local/bin:/usr/bin:/bin`
}

/** The settings for the package registry, without the other variables that `npm run` sets. */
function npmSettings(): Record<string, string | undefined> {
  const names =
    /^(home|npm_config_(registry|cache|userconfig|globalconfig|cafile)|node_extra_ca_certs|(https?|no)_proxy)$/i
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)))
}

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../../../..')

export const readRoot = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

type Instruction = { name: string; flags: Record<string, string>; text: string }
export type Stage = { name: string; from: string; flags: Record<string, string>; steps: Instruction[] }

/** The supported instructions. Before the Dockerfile can use another one, add it here. */
const KNOWN = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'EXPOSE', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD']

/** The Dockerfile's stages. @throws Error at an unsupported instruction */
export function readStages(): Stage[] {
  const stages: Stage[] = []
  for (const line of readRoot('Dockerfile').split('\n')) {
    if (!line.trim() || line.startsWith('#')) continue
    const { name, flags, text } = parse(line)
    if (name === 'FROM') {
      const [from = '', , stage = ''] = text.split(' ')
      stages.push({ name: stage, from, flags, steps: [] })
    } else stages.at(-1)?.steps.push({ name, flags, text })
  }
  return stages
}

function parse(line: string): Instruction {
  const [, name = '', rest = ''] = /^(\w+) (.*)$/.exec(line) ?? []
  if (!KNOWN.includes(name) || rest.endsWith('\\')) throw new Error(`Not understood in the Dockerfile: ${line}`)
  const flags: Record<string, string> = {}
  const text = rest.replace(/^(--[\w-]+=\S+ +)+/, (all) => {
    for (const [, flag = '', value = ''] of all.matchAll(/--([\w-]+)=(\S+)/g)) flags[flag] = value
    return ''
  })
  return { name, flags, text }
}

/** Of a repeated instruction, the last one counts. */
export function textOf(stage: Stage | undefined, name: string): string {
  const step = stage?.steps.findLast((candidate) => candidate.name === name)
  if (!step) throw new Error(`The Dockerfile has no ${name}`)
  return step.text
}

/** Of all ENV instructions of a stage. */
export const variablesOf = (stage: Stage | undefined): Record<string, string> =>
  Object.assign({}, ...(stage?.steps ?? []).map((step) => (step.name === 'ENV' ? variablesIn(step.text) : {})))

export const variablesIn = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]))

/** The words of `["node", "start.ts"]`. */
export const wordsOf = (stage: Stage | undefined, name: string): string[] =>
  JSON.parse(textOf(stage, name).replace(/^CMD /, ''))

/** Whether .dockerignore excludes a file from the build: as in Docker, the last matching line decides. */
export function ignores(path: string): boolean {
  let ignored = false
  for (const line of readRoot('.dockerignore').split('\n')) {
    if (line && !line.startsWith('#') && asRegExp(line.replace(/^!/, '')).test(path)) ignored = !line.startsWith('!')
  }
  return ignored
}

/** A pattern includes everything below the folders that it names. */
function asRegExp(pattern: string): RegExp {
  const words = { '**/': '(.*/)?', '*': '[^/]*', '.': '\\.' }
  const source = pattern.replace(/\*\*\/|[*.]/g, (word) => words[word as keyof typeof words])
  return new RegExp(`^${source}(/|$)`)
}

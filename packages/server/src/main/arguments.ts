import { parseArgs } from 'node:util'
import { printable } from '../lib/printable.ts'

/** What a command takes. An option with a `value` takes one, shown under that name. */
export type Usage = {
  /** As people type it. */
  command: string
  summary: string
  options?: Record<string, { description: string; value?: string }>
  positionals?: { name: string; description: string; isRequired?: boolean }[]
}

export type Arguments = {
  flags: ReadonlySet<string>
  values: Readonly<Record<string, string>>
  positionals: readonly string[]
}

/** EX_USAGE of sysexits.h: the command was called wrongly. */
const EX_USAGE = 64

/**
 * Reads the arguments of this process, before it opens or changes anything. `--help` prints what the command takes and
 * ends the process; an argument that the command does not take ends it with one sentence and exit code 64.
 */
export function readArguments(usage: Usage, args = process.argv.slice(2)): Arguments {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(helpOf(usage))
    process.exit(0)
  }
  const options = Object.entries(usage.options ?? {})
  const { values, positionals } = parse(usage, options, args)
  const { positionals: known = [] } = usage
  const extra = positionals[known.length]
  if (extra !== undefined) failUsage(usage, `Unexpected argument '${extra}'`)
  const missing = known.find(({ isRequired }, n) => isRequired && positionals[n] === undefined)
  if (missing) failUsage(usage, `The argument <${missing.name}> is missing`)
  const given = Object.entries(values)
  return {
    flags: new Set(given.flatMap(([name, value]) => (value === true ? name : []))),
    values: Object.fromEntries(given.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))),
    positionals,
  }
}

/** Ends the process: an argument has a value that the command cannot use. @param what without a full stop */
export function failUsage({ command }: Usage, what: string): never {
  console.error(
    `${printable(what)}: \`${command} ${command.startsWith('npm') ? '-- ' : ''}--help\` shows what it takes.`,
  )
  process.exit(EX_USAGE)
}

function parse(usage: Usage, options: [string, { value?: string }][], args: string[]) {
  try {
    const { tokens, ...parsed } = parseArgs({
      args,
      allowPositionals: true,
      tokens: true,
      options: Object.fromEntries(options.map(([name, { value }]) => [name, { type: value ? 'string' : 'boolean' }])),
    })
    const given = tokens.flatMap((token) => (token.kind === 'option' && token.value !== undefined ? [token.name] : []))
    const twice = given.find((name, n) => given.indexOf(name) !== n)
    // The last one would win, and the others would be ignored.
    if (twice !== undefined) failUsage(usage, `Option '--${twice}' is given twice`)
    return parsed
  } catch (error) {
    // Node's second sentence is about arguments that begin with a hyphen.
    return failUsage(usage, (error as Error).message.split(/[.\n]/)[0] ?? '')
  }
}

function helpOf({ command, summary, options = {}, positionals = [] }: Usage): string {
  const rows = [
    ...positionals.map(({ name, description }) => [`<${name}>`, description]),
    ...Object.entries(options).map(([name, { description, value }]) => [
      `--${name}${value ? ` <${value}>` : ''}`,
      description,
    ]),
    ['--help', 'prints this'],
  ]
  const width = Math.max(...rows.map(([term = '']) => term.length))
  const places = positionals.map(({ name, isRequired }) => (isRequired ? `<${name}>` : `[<${name}>]`))
  const syntax = [command, ...(command.startsWith('npm') ? ['--'] : []), ...places, '[options]'].join(' ')
  const lines = rows.map(([term = '', description]) => `  ${term.padEnd(width)}  ${description}`)
  return [`Usage: ${syntax}`, '', `${summary}.`, '', ...lines].join('\n')
}

import { parseArgs } from 'node:util'

type Option = { description: string; byDefault: string }

/** EX_USAGE of sysexits.h: the command was called wrongly. */
const EX_USAGE = 64

/**
 * Reads the options of this process. `--help` prints them and ends it; any other argument ends it with one sentence.
 */
export function readOptions<Name extends string>(
  command: string,
  summary: string,
  options: Record<Name, Option>,
): Record<Name, string> {
  const entries = Object.entries<Option>(options)
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    const lines = entries.map(
      ([name, { description, byDefault }]) => `  --${name} <value>  ${description}; ${byDefault} without it`,
    )
    console.log([`Usage: ${command} [options]`, '', `${summary}.`, '', ...lines].join('\n'))
    process.exit(0)
  }
  try {
    const { values, tokens } = parseArgs({
      tokens: true,
      options: Object.fromEntries(
        entries.map(([name, { byDefault }]) => [name, { type: 'string' as const, default: byDefault }]),
      ),
    })
    const given = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []))
    const twice = given.find((name, n) => given.indexOf(name) !== n)
    // The last one would win, and the others would be ignored.
    if (twice !== undefined) return fail(command, `Option '--${twice}' is given twice`)
    return values as Record<Name, string>
  } catch (error) {
    return fail(command, (error as Error).message.split(/[.\n]/)[0] ?? '')
  }
}

/** A number of one of the options, or the end of the process. */
export function numberIn(command: string, name: string, text: string, isRight: (number: number) => boolean): number {
  const number = Number(text)
  return isRight(number) ? number : fail(command, `--${name} cannot be '${text}'`)
}

/** Why a server cannot listen, and what to do. */
const FAULTS: Record<string, string> = {
  EADDRINUSE: 'is taken: end what uses it, or choose another one with --port.',
  EACCES: 'needs rights that this process does not have: choose another one with --port.',
  EADDRNOTAVAIL: 'cannot be opened: this machine does not have the address of --host.',
  ENOTFOUND: 'cannot be opened: this machine does not have the address of --host.',
}

/** Serves, or says in one sentence why it cannot listen. */
export async function listening<Server>(port: number, serve: () => Promise<Server>): Promise<Server> {
  try {
    return await serve()
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!FAULTS[code]) throw error
    console.error(`Port ${port} ${FAULTS[code]}`)
    process.exit(1)
  }
}

function fail(command: string, what: string): never {
  console.error(`${what}: \`${command} --help\` shows what it takes.`)
  process.exit(EX_USAGE)
}

import { failUsage, type Usage } from '../src/main/arguments.ts'

const FAULTS: Record<string, string> = {
  EADDRINUSE: 'is taken: end what uses it, or',
  EACCES: 'needs rights that this process does not have:',
}

export function portOf(usage: Usage, text: string | undefined, otherwise: number): number {
  const port = text === undefined ? otherwise : Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) failUsage(usage, `--port has to be a number up to 65535`)
  return port
}

/** Starts a server, or exits with one sentence if it cannot listen on its port. */
export async function listening<Site>(port: number, serve: () => Promise<Site>): Promise<Site> {
  try {
    return await serve()
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const says = FAULTS[code]
    if (!says) throw error
    console.error(`Port ${port} ${says} choose another one with --port.`)
    process.exit(1)
  }
}

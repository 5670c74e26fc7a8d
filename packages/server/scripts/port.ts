import { failUsage, type Usage } from '../src/main/arguments.ts'

export function portOf(usage: Usage, text: string | undefined, otherwise: number): number {
  const port = text === undefined ? otherwise : Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) failUsage(usage, `--port has to be a number up to 65535`)
  return port
}

/** Starts a server, or exits with one sentence if its port is taken. */
export async function listening<Site>(port: number, serve: () => Promise<Site>): Promise<Site> {
  try {
    return await serve()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    console.error(`Port ${port} is taken: end what uses it, or choose another one with --port.`)
    process.exit(1)
  }
}

import { type Config, ConfigError, loadConfig } from '../src/config/config.ts'

/** The configuration. Mistakes in it end the process: one line for each, and exit code 1. */
export function readConfiguration(): Config {
  try {
    return loadConfig()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    console.error(error.message)
    process.exit(1)
  }
}

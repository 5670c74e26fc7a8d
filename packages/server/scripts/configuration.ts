import { type Config, ConfigError, loadConfig, newWarnings } from '../src/config/config.ts'

/** The configuration. Mistakes in it end the process: one line for each, and exit code 1. Warnings are printed. */
export function readConfiguration(): Config {
  try {
    const config = loadConfig()
    for (const warning of newWarnings(config)) console.error(`Configuration: ${warning}`)
    return config
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    console.error(error.report())
    process.exit(1)
  }
}

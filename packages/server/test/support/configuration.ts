import { parseConfig } from '../../src/config/config.ts'

/** @returns one line for each mistake that an environment has */
export function mistakes(env: Record<string, string>): string[] {
  try {
    parseConfig(env)
    return []
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
  }
}

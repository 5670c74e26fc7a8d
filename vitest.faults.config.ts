import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

/** `npm run test:faults`: what takes long because things have to break, and come back. One after the other. */
export default mergeConfig(
  base,
  defineConfig({
    test: { include: ['packages/server/test/faults/**/*.test.ts'], exclude: [], fileParallelism: false },
  }),
)

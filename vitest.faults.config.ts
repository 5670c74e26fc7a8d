import { defineConfig } from 'vitest/config'
import base from './vitest.config.ts'

/** `npm run test:faults`: what takes long, because things have to break and come back. One file after the other. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['packages/server/test/faults/*.test.ts'], exclude: [], fileParallelism: false },
})

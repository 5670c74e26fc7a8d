import { createRequire } from 'node:module'
import { configDefaults, defineConfig } from 'vitest/config'

/** Bounds a hang only: no test waits for a time to pass, and a busy machine needs its time. */
const PATIENCE_MS = 300_000

const inFolder = (name: string) => `packages/server/test/${name}/**/*.test.ts`
const faults = inFolder('faults')
const image = inFolder('image')

/** A slow test is in the folder of its project; every other test is fast, and part of `npm test`. */
export default defineConfig({
  // Vite would take the `.mjs` of graphql where Node takes the `.js`, and an error of the one is none to the other.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  test: {
    globalSetup: ['packages/server/test/support/global-setup.ts'],
    testTimeout: PATIENCE_MS,
    hookTimeout: PATIENCE_MS,
    teardownTimeout: PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS } },
    // Most of the time they wait: for PostgreSQL, for sockets, for processes.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['packages/*/test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, faults, image],
        },
      },
      { extends: true, test: { name: 'image', include: [image] } },
      // One file after the other: each breaks a PostgreSQL of its own.
      {
        extends: true,
        test: { name: 'faults', include: [faults], fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
})

import { createRequire } from 'node:module'
import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  // Vite would take the `.mjs` of graphql where Node takes the `.js`, and an error of the one is none to the other.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, '**/test/faults/**'],
    globalSetup: ['packages/server/test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most of the time they wait: for PostgreSQL, for sockets, for processes.
    maxWorkers: 3,
  },
})

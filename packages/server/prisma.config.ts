import { defineConfig } from 'prisma/config'

// The address is handed over by scripts/prisma.ts, which starts the embedded database where there is no other.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
})

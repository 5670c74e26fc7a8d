import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { startApi } from '../../src/api/server.ts'
import { connectQueryNode } from '../../src/chain/client.ts'
import { connect } from '../../src/db/client.ts'
import { createTokens } from '../../src/members/tokens.ts'

// An API in its own process, to observe its survival and memory. It reports its URL and answers any message with its
// memory after garbage collection.
const { values } = parseArgs({ options: { database: { type: 'string' }, node: { type: 'string' } } })
const { database = '', node = '' } = values
const { db, pool, close } = connect(database)
const api = await startApi(
  {
    db,
    pool,
    queryNode: connectQueryNode(node),
    tokens: createTokens('a secret of the tests'),
    emailProviders: ['test'],
    pioneerUrl: 'https://pioneer.example',
    whyDays: 90,
    log: pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true })),
  },
  {
    port: 0,
    host: '127.0.0.1',
    corsOrigins: [],
    graphiql: false,
    introspection: true,
    trustedProxies: 1,
    requestsPerMinute: 0,
  },
)

process.on('message', () => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  process.send?.(heapUsed + external)
})
process.once('disconnect', async () => {
  await api.close()
  await close()
})
process.send?.(api.url)

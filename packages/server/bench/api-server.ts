import { pino } from 'pino'
import { startApi } from '../src/api/server.ts'
import { connectQueryNode } from '../src/chain/client.ts'
import { connect } from '../src/db/client.ts'
import { createTokens } from '../src/members/tokens.ts'
import { SECRET_KEY } from './api-world.ts'

/** A process that runs only a server: the API as in production, Apollo Server, or a bare server. It reports its URL to the parent. */
const [name, databaseUrl = '', queryNodeUrl = ''] = process.argv.slice(2)

const deps = {
  ...connect(databaseUrl),
  queryNode: connectQueryNode(queryNodeUrl),
  tokens: createTokens(SECRET_KEY),
  emailProviders: [],
  pioneerUrl: 'https://pioneerapp.xyz',
  whyDays: 90,
  log: pino({ level: 'info', base: null }, pino.destination({ dest: '/dev/null', sync: true })),
}

async function start(): Promise<string> {
  if (name === 'apollo') return (await import('./apollo.ts')).startApollo(deps)
  if (name === 'bare') return (await import('./bare.ts')).startBare(deps)
  const options = {
    port: 0,
    host: '127.0.0.1',
    corsOrigins: [],
    graphiql: false,
    introspection: false,
    trustedProxies: 1,
    requestsPerMinute: 600,
  }
  return (await startApi(deps, options)).url
}

process.once('disconnect', () => process.exit(0))
const url = await start()
process.send?.({ url })

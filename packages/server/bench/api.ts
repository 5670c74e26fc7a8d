import assert from 'node:assert/strict'
import { type ChildProcess, execFile, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import autocannon from 'autocannon'
import { createTokens, type Tokens } from '../src/members/tokens.ts'
import { addInbox, READER, SECRET_KEY } from './api-world.ts'
import { createWallets } from './sign-ins.ts'
import { addMembers, type Bench, bench, median, numbers, rounded } from './support.ts'

/**
 * `npm run bench:api -- --notifications 100000`: clients' queries, sent in turn to the API, to a minimal Apollo Server and to
 * a bare server without GraphQL, over the same database. A ratio is requests per second over the other's; the median
 * round counts. Then, how late answers are while members sign in.
 */
const { notifications, rounds, seconds } = numbers('api', 'Measures the API against Apollo Server and a bare server', {
  notifications: 100_000,
  rounds: 10,
  seconds: 1,
})

const SERVER = join(import.meta.dirname, 'api-server.ts')
const START = join(import.meta.dirname, '../scripts/start.ts')
const IDLE_MS = 1_000
const FIRST_REQUESTS = 200
const CONNECTIONS = 10
const PAGE = 50
const WARM_UP_SECONDS = 2
const QUIET_SECONDS = 5
/** Requests a second. */
const QUIET_RATE = 200

const queries = {
  me: { query: '{ me { id name email unverifiedEmail receiveEmails } }' },
  generalSubscriptions: { query: '{ generalSubscriptions { id kind shouldNotify shouldNotifyByEmail } }' },
  notifications: {
    query: `query Inbox($limit: Int) {
      notifications(limit: $limit) { id kind eventId entityId emailStatus isRead createdAt title summary url }
    }`,
    variables: { limit: PAGE },
  },
}

type Server = { name: string; url: string; process: ChildProcess }
type Round = { perSecond: number; p99: number }

await bench('api', async (bench) => {
  await addMembers(bench, 0, 999)
  await addInbox(bench, notifications)
  const tokens = createTokens(SECRET_KEY)
  const headers = {
    'content-type': 'application/json',
    // As a browser does on another page.
    origin: 'https://pioneerapp.xyz',
    accept: 'application/graphql-response+json,application/json;q=0.9',
    authorization: `Bearer ${tokens.auth(READER)}`,
  }
  const { queryNode, duringSignIns } = await createWallets()
  const alone = await startAlone(bench, queryNode.url)
  const api = await start('api', bench, queryNode.url)
  const servers = [api, await start('apollo', bench, queryNode.url), await start('bare', bench, queryNode.url)]
  try {
    const result: Record<string, number> = {
      notifications,
      msToVerifyToken: msToVerify(tokens),
      ...alone,
    }
    const me = JSON.stringify(queries.me)
    // The first requests connect to the database and compile code.
    for (let n = 0; n < FIRST_REQUESTS; n++) {
      await (await fetch(api.url, { method: 'POST', headers, body: me })).text()
    }
    result.meP99MsAtRest = await p99(api, headers, me)
    result.meP99MsDuringSignIns = await duringSignIns(api.url, QUIET_SECONDS, () => p99(api, headers, me))
    for (const [name, query] of Object.entries(queries)) {
      Object.assign(result, await compare(name, servers, headers, JSON.stringify(query)))
    }
    return result
  } finally {
    for (const server of servers) server.process.disconnect()
    await queryNode.close()
  }
})

async function start(name: string, { url: databaseUrl }: Bench, queryNodeUrl: string): Promise<Server> {
  const child = fork(SERVER, [name, databaseUrl, queryNodeUrl], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`The server ${name} ended (${code})`)
  })
  failed.catch(() => {})
  const [{ url }] = await Promise.race([once(child, 'message'), failed])
  return { name, url, process: child }
}

/** What the API takes as a container starts it, until it answers, and at rest afterwards. */
async function startAlone({ url: databaseUrl }: Bench, queryNodeUrl: string) {
  const started = performance.now()
  const child = spawn(process.execPath, [START, 'api'], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      APP_SECRET_KEY: SECRET_KEY,
      QUERY_NODE_ENDPOINT: queryNodeUrl,
      PORT: '127.0.0.1:0',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  for await (const line of createInterface(child.stderr)) {
    log += `${line}\n`
    if (line.includes('The API answers at')) break
  }
  if (child.exitCode !== null) throw new Error(`The API ended: ${log}`)
  const msToReady = Math.round(performance.now() - started)
  await sleep(IDLE_MS)
  const { stdout: kilobytes } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(child.pid)])
  child.kill()
  await once(child, 'exit')
  return { idleMb: Math.round((Number(kilobytes) * 1024) / 1e6), msToReady }
}

/** The 99th percentile of answers, in milliseconds, while the server has time to spare. */
async function p99({ url }: Server, headers: Record<string, string>, body: string): Promise<number> {
  const load = { url, method: 'POST' as const, headers, body, connections: CONNECTIONS, overallRate: QUIET_RATE }
  const { latency, errors, non2xx } = await autocannon({ ...load, duration: QUIET_SECONDS })
  if (errors + non2xx) throw new Error(`${errors + non2xx} requests failed`)
  return latency.p99
}

async function compare(query: string, servers: Server[], headers: Record<string, string>, body: string) {
  const answers = new Map<Server, string>()
  for (const server of servers) {
    answers.set(server, await (await fetch(server.url, { method: 'POST', headers, body })).text())
  }
  checkSame(query, [...answers.values()])

  const load = async (server: Server, duration: number): Promise<Round> => {
    const { requests, latency, ...result } = await autocannon({
      url: server.url,
      method: 'POST',
      headers,
      body,
      connections: CONNECTIONS,
      duration,
      sampleInt: 100,
      expectBody: answers.get(server) ?? '',
    })
    const wrong = result.errors + result.non2xx + result.mismatches
    if (wrong) throw new Error(`${server.name} answered ${query} wrongly ${wrong} times`)
    return { perSecond: requests.total / result.duration, p99: latency.p99 }
  }

  for (const server of servers) await load(server, WARM_UP_SECONDS)
  const measured = new Map<string, Round[]>(servers.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    // Another one begins each time: the machine may get slower.
    for (let n = 0; n < servers.length; n++) {
      const server = servers[(round + n) % servers.length]
      if (server) measured.get(server.name)?.push(await load(server, seconds))
    }
  }
  const of = (name: string) => measured.get(name) ?? []
  const ratiosTo = (name: string) => of('api').map(({ perSecond }, n) => perSecond / (of(name)[n]?.perSecond ?? 0))
  const figures = (name: string, suffix: string) => ({
    [`${query}PerSecond${suffix}`]: Math.round(median(of(name).map(({ perSecond }) => perSecond))),
    [`${query}P99Ms${suffix}`]: median(of(name).map(({ p99 }) => p99)),
  })
  console.error(
    `${query}: ${ratiosTo('apollo')
      .map((ratio) => ratio.toFixed(2))
      .join(', ')} of Apollo Server`,
  )
  return {
    [`${query}Ratio`]: rounded(median(ratiosTo('apollo')), 2),
    [`${query}RatioToBare`]: rounded(median(ratiosTo('bare')), 2),
    ...figures('api', ''),
    ...figures('apollo', 'Apollo'),
    ...figures('bare', 'Bare'),
  }
}

/** Servers that answer differently cannot be compared. */
function checkSame(query: string, answers: string[]): void {
  const [ours, ...theirs] = answers.map((answer) => JSON.parse(answer))
  for (const other of theirs) assert.deepEqual(ours, other)
  assert.ok(ours.data?.[query], `${query}: ${answers[0]}`)
  if (query === 'notifications') assert.equal(ours.data.notifications.length, PAGE)
}

function msToVerify(tokens: Tokens): number {
  const times = 20_000
  const token = tokens.auth(READER)
  const verify = () => assert.equal(tokens.memberOf(token), READER)
  for (let n = 0; n < times; n++) verify()
  const started = performance.now()
  for (let n = 0; n < times; n++) verify()
  return rounded((performance.now() - started) / times, 4)
}

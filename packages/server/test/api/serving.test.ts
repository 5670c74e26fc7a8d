import { expect, test } from 'vitest'
import { serveApi } from '../support/api.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

test('a deployed client finds the service alive, from another origin, by a GET of its base URL', async () => {
  const api = await serveApi(await createStory())
  for (const path of ['/', '/graphql']) {
    const response = await fetch(`${api.url}${path}?query=%7B__typename%7D`, {
      headers: { origin: 'https://pioneerapp.xyz' },
    })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } })
    expect(response.headers.get('access-control-allow-origin')).toMatch(/^(\*|https:\/\/pioneerapp.xyz)$/)
  }
})

test('a browser on another origin may send the token and JSON', async () => {
  const api = await serveApi(await createStory())
  const response = await fetch(api.url, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://pioneerapp.xyz',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  })
  expect(response.status).toBeLessThan(300)
  expect(response.headers.get('access-control-allow-headers')?.toLowerCase()).toMatch(/authorization.*content-type/)
  expect(response.headers.get('access-control-allow-credentials')).not.toBe('true')
})

test('only the configured origins may call, where some are', async () => {
  const api = await serveApi(await createStory(), {
    corsOrigins: ['https://pioneerapp.xyz', 'https://dao.example.org'],
  })
  const allowed = async (origin: string) =>
    (await fetch(`${api.url}?query=%7B__typename%7D`, { headers: { origin } })).headers.get(
      'access-control-allow-origin',
    )
  expect(await allowed('https://dao.example.org')).toBe('https://dao.example.org')
  expect(await allowed('https://evil.example')).not.toBe('https://evil.example')
})

test('a mutation by GET is refused', async () => {
  const api = await serveApi(await createStory())
  const response = await fetch(`${api.url}?query=${encodeURIComponent('mutation { verifyEmail(token: "x") { id } }')}`)
  expect(response.status).toBe(405)
})

test('failures: status 200, a null field, a stable code; 400 for a document that does not validate', async () => {
  const api = await serveApi(await createStory())
  const ask = (query: string) =>
    fetch(api.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) })
  const unauthenticated = await ask('{ me { id } }')
  expect(unauthenticated.status).toBe(200)
  expect(await unauthenticated.json()).toMatchObject({
    data: { me: null },
    errors: [{ message: expect.stringContaining('Sign in first'), extensions: { code: 'UNAUTHENTICATED' } }],
  })
  expect((await ask('{ nothing }')).status).toBe(400)
  expect((await ask('{ nothing')).status).toBe(400)
})

test('what goes wrong inside is not told outside', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const api = await serveApi(story)
  await story.db.$executeRaw`ALTER TABLE "Notification" RENAME TO "Hidden"`
  try {
    const answer = await api.ask('{ notifications { id } }', {}, api.tokenOf(bob))
    expect(JSON.stringify(answer)).not.toMatch(/Hidden|relation|table|prisma|stack/i)
    expect(answer.data).toEqual({ notifications: null })
    expect(api.log.join()).toMatch(/An API request failed/)
    expect(api.log.join()).not.toContain(api.tokenOf(bob))
  } finally {
    await story.db.$executeRaw`ALTER TABLE "Hidden" RENAME TO "Notification"`
  }
})

test('healthz says alive; readyz says ready, and what is missing when it is not', async () => {
  const story = await createStory()
  await story.begins()
  const api = await serveApi(story)
  expect(await (await fetch(`${api.url}/healthz`)).json()).toEqual({ status: 'alive' })
  const ready = await fetch(`${api.url}/readyz`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({ ready: true, notifier: { cursor: { block: story.chain.head } } })

  await story.db.$executeRaw`UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name LIKE '%_api'`
  try {
    const behind = await fetch(`${api.url}/readyz`)
    expect(behind.status).toBe(503)
    expect(await behind.json()).toMatchObject({ ready: false, database: expect.stringContaining('npm run migrate') })
  } finally {
    await story.db.$executeRaw`UPDATE _prisma_migrations SET finished_at = now()`
  }
})

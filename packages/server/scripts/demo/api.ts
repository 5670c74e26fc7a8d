import type { ApiDeps } from '../../src/api/graphql/builder.ts'
import { startApi } from '../../src/api/server.ts'
import type { Config } from '../../src/config/config.ts'
import { storePublicUrl } from '../../src/members/public-url.ts'

/**
 * Serves the API to this machine, at the usual port or, where that is taken, at any. Links in emails lead to it.
 *
 * @param demoToken the token that GraphiQL starts with
 */
export async function serveApi(
  deps: Omit<ApiDeps, 'pioneerUrl' | 'emailProviders'>,
  config: Config,
  demoToken: string,
) {
  const { pioneerUrl } = config
  const emailProviders = config.emailProviders.map(({ name }) => name)
  const start = (port: number) =>
    startApi({ ...deps, pioneerUrl, emailProviders }, { ...config, demoToken, host: '127.0.0.1', port })
  const api = await start(config.port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    return start(0)
  })
  await storePublicUrl(deps.pool, api.url)
  return api
}

/** A command that asks the API what a member was told. */
export const firstQuery = (url: string, token: string) =>
  `curl ${url} -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '${BODY}'`

// The README has it too.
const BODY = '{"query": "{ unreadCount notifications(limit: 1) { title reason } }"}'

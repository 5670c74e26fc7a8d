import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import helmet from 'helmet'

/** Whether a browser opened the API's URL as a page. */
export const asksForPage = ({ method, headers, url }: IncomingMessage) =>
  method === 'GET' && /^\/(graphql)?(\?|$)/.test(url ?? '') && Boolean(headers.accept?.includes('text/html'))

/**
 * Answers with GraphiQL, from our own files: it works without the internet.
 * @param demoToken a token for every visitor to start with, which only the demo gives away
 */
export function createGraphiql(demoToken?: string) {
  let made: ReturnType<typeof makePage> | undefined
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    made ??= makePage(demoToken)
    const { secure, body } = await made
    secure(req, res, () => {
      res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-encoding': 'gzip' })
      res.end(body)
    })
  }
}

async function makePage(demoToken: string | undefined) {
  // Megabytes, which only those load who look at it.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const html = renderGraphiQL({
    title: 'Joystream notifications',
    ...(demoToken ? demoStart(demoToken) : { defaultQuery: FIRST_QUERY, shouldPersistHeaders: true }),
  })
  const secure = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: scriptsOf(html).map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`),
        // The editor creates styles and workers at run time.
        styleSrc: ["'unsafe-inline'"],
        workerSrc: ['blob:'],
        imgSrc: ['data:'],
        fontSrc: ['data:'],
        connectSrc: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
      },
    },
    // Only the proxy in front of us knows whether there is HTTPS.
    strictTransportSecurity: false,
  })
  return { secure, body: await promisify(gzip)(html) }
}

const scriptsOf = (html: string) => [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text = '']) => text)

const FIRST_QUERY = `# A member's token goes into the headers below:
# {"Authorization": "Bearer <token>"}
{
  memberExist(id: 1)
}
`

/** Each visit starts like this, whatever the browser remembers of an earlier demo. */
const demoStart = (token: string) => ({
  query: DEMO_QUERY,
  headers: JSON.stringify({ Authorization: `Bearer ${token}` }),
  shouldPersistHeaders: false,
})

const DEMO_QUERY = `# The token of one of the demo's members is in the headers below.
{
  me {
    name
  }
  unreadCount
  notifications(limit: 10) {
    title
    reason
  }
}
`

import { subscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'

// Loaded into Prisma's command line. The page of Prisma Studio reports its use from the browser, whatever the environment
// says; under this policy it can reach the Studio that served it, and nobody else.
subscribe('http.server.request.start', (message) => {
  const { response } = message as { response: ServerResponse }
  response.setHeader('Content-Security-Policy', "connect-src 'self'")
})

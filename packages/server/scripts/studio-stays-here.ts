import { subscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'

// Loaded into Prisma's command line. Prisma Studio's page sends telemetry from the browser, whatever the environment says.
// Under this policy the page can only reach the Studio that served it.
subscribe('http.server.request.start', (message) => {
  const { response } = message as { response: ServerResponse }
  response.setHeader('Content-Security-Policy', "connect-src 'self'")
})

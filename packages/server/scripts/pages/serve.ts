import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Html } from '../../src/lib/html.ts'

export type Answer = { type: keyof typeof TYPES; body: Html | string }
/** What a decoded path, such as `/emails/1.eml`, shows; undefined when there is no such thing. */
export type Answers = (path: string) => Promise<Answer | undefined>

const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'"
const TYPES = {
  page: {
    mime: 'text/html',
    policy: `${NOTHING}; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; frame-ancestors 'none'`,
  },
  // Anybody could have written into it: no scripts and nothing loaded, in a window of its own too.
  email: {
    mime: 'text/html',
    policy: `${NOTHING}; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox`,
  },
  text: { mime: 'text/plain', policy: NOTHING },
  script: { mime: 'text/javascript', policy: NOTHING },
  style: { mime: 'text/css', policy: NOTHING },
}

export type Site = { url: string; close: () => Promise<void> }

/**
 * Serves development pages, to this machine only.
 *
 * @param version changes when open pages have to reload
 * @param port 0 for any
 * @throws Error when the port is taken
 */
export async function servePages(answers: Answers, version: () => Promise<string>, port: number): Promise<Site> {
  async function answer({ url = '/', headers }: IncomingMessage): Promise<Answer | undefined> {
    // Another site's name could be made to lead here, for its scripts to read what is shown.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '')) return undefined
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname)
    switch (path) {
      case '/version':
        return { type: 'text', body: await version() }
      case '/page.css':
        return { type: 'style', body: await asset('page.css') }
      case '/page.js':
        return { type: 'script', body: await asset('page.js') }
      default:
        return answers(path)
    }
  }

  const server = createServer((request, response) => {
    answer(request).then(
      (found) => (found ? send(response, 200, found) : send(response, 404, { type: 'text', body: 'Not found' })),
      (error: Error) => send(response, 500, { type: 'text', body: error.message }),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function send(response: ServerResponse, status: number, { type, body }: Answer) {
  const { mime, policy } = TYPES[type]
  response.writeHead(status, {
    'Content-Type': `${mime}; charset=utf-8`,
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  })
  response.end(typeof body === 'string' ? body : body.markup)
}

const asset = (name: string) => readFile(join(import.meta.dirname, name), 'utf8')

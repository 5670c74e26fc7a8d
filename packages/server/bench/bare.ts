import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bearerOf } from '../src/api/caller.ts'
import type { ApiDeps } from '../src/api/graphql/builder.ts'
import { query, single } from '../src/db/client.ts'
import type { EventData } from '../src/events/define.ts'
import type { KindName } from '../src/events/kinds.ts'
import { eventOfType } from '../src/events/list.ts'
import { type Member, Prisma } from '../src/generated/prisma/client.ts'
import { readInbox } from '../src/inbox/read.ts'
import { generalSettings } from '../src/members/settings.ts'
import { READS } from './api-world.ts'

/**
 * The least that could answer the same: Node's HTTP server, the token, the same SQL, JSON. It has no GraphQL, no
 * limits and no log, and tells the queries apart by their beginning.
 */
export async function startBare({ pool, tokens, pioneerUrl, log }: ApiDeps): Promise<string> {
  async function memberOf(req: IncomingMessage): Promise<Member> {
    const holder = tokens.holderOf(bearerOf(req))
    const { rows } = await query<Member>(
      pool,
      Prisma.sql`
      SELECT m.*, t.generation FROM "Member" m LEFT JOIN "TokenGeneration" t ON t."memberId" = m.id
      WHERE m.id = ${holder?.memberId}`,
    )
    if (!rows[0]) throw new Error('There is no such member')
    return rows[0]
  }

  async function answer(req: IncomingMessage, body: string): Promise<object> {
    const { query, variables } = JSON.parse(body) as { query: string; variables?: { limit: number } }
    const { id, name, email, unverifiedEmail, receiveEmails } = await memberOf(req)
    if (query.startsWith('{ me')) return { me: { id, name, email, unverifiedEmail, receiveEmails } }
    if (query.startsWith('{ generalSubscriptions')) {
      const settings = await generalSettings(single(pool), id)
      return {
        generalSubscriptions: settings.map(({ id, kind, shouldNotify, shouldNotifyByEmail }) => ({
          id,
          kind,
          shouldNotify,
          shouldNotifyByEmail,
        })),
      }
    }
    const page = { limit: variables?.limit ?? 100, withOutcome: true }
    const entries = await readInbox({ pool, log }, { id, timeZone: 'UTC', watchesAccounts: false }, {}, page)
    return {
      notifications: entries.map(({ id, kind, eventId, entityId, emailStatus, isRead, createdAt, type, data }) => {
        const words = type === null ? undefined : eventOfType(type).words(data as EventData, kind as KindName, READS)
        return {
          id,
          kind,
          eventId,
          entityId,
          emailStatus,
          isRead,
          createdAt: createdAt?.toISOString(),
          title: words?.title,
          summary: words?.summary ?? null,
          url: words && pioneerUrl + words.path,
        }
      }),
    }
  }

  const server = createServer((req, res) => {
    const parts: Buffer[] = []
    req.on('data', (part: Buffer) => void parts.push(part))
    req.on('end', () => {
      answer(req, Buffer.concat(parts).toString()).then(
        (data) => {
          res.writeHead(200, { 'content-type': 'application/graphql-response+json; charset=utf-8' })
          res.end(JSON.stringify({ data }))
        },
        (error: Error) => res.writeHead(500).end(error.message),
      )
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

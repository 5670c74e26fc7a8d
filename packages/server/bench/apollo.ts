import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { GraphQLError } from 'graphql'
import type { ApiDeps } from '../src/api/graphql/builder.ts'
import type { EventData } from '../src/events/define.ts'
import { generalSwitches, type KindName, type SwitchName } from '../src/events/kinds.ts'
import { eventOfType } from '../src/events/list.ts'
import { READS } from './api-world.ts'

type Context = { memberId: number | undefined }

/**
 * The API's three most frequent queries, written as Apollo Server's guide suggests: a schema as text, plain resolvers, a
 * Prisma client. It has none of our limits and no log.
 */
export async function startApollo({ db, tokens, pioneerUrl }: ApiDeps): Promise<string> {
  async function memberOf({ memberId }: Context) {
    const member = memberId === undefined ? null : await db.member.findUnique({ where: { id: memberId } })
    if (!member) throw new GraphQLError('Sign in first.', { extensions: { code: 'UNAUTHENTICATED' } })
    return member
  }

  const resolvers = {
    Query: {
      me: (_root: unknown, _args: unknown, context: Context) => memberOf(context),

      async generalSubscriptions(_root: unknown, _args: unknown, context: Context) {
        const member = await memberOf(context)
        const own = await db.subscription.findMany({ where: { memberId: member.id, entityId: null } })
        const byKind = new Map(own.map((setting) => [setting.kind, setting]))
        return Object.entries(generalSwitches).map(
          ([kind, { defaultOn }]) =>
            byKind.get(kind as SwitchName) ?? {
              id: null,
              kind,
              shouldNotify: defaultOn,
              shouldNotifyByEmail: defaultOn,
            },
        )
      },

      async notifications(_root: unknown, { limit }: { limit?: number }, context: Context) {
        const member = await memberOf(context)
        const rows = await db.notification.findMany({
          where: { memberId: member.id, inApp: true },
          include: { event: true, email: true },
          orderBy: { id: 'desc' },
          take: limit ?? 100,
        })
        return rows.map(({ event, email, createdAt, ...row }) => {
          const words = event && eventOfType(event.type).words(event.data as EventData, row.kind as KindName, READS)
          return {
            ...row,
            emailStatus: email?.status ?? row.emailStatus,
            createdAt: createdAt?.toISOString(),
            title: words?.title,
            summary: words?.summary,
            url: words && pioneerUrl + words.path,
          }
        })
      },
    },
  }

  const apollo = new ApolloServer<Context>({
    typeDefs: readFileSync(join(import.meta.dirname, '../schema.graphql'), 'utf8'),
    resolvers,
  })
  const { url } = await startStandaloneServer(apollo, {
    listen: { port: 0, host: '127.0.0.1' },
    context: async ({ req }) => ({
      memberId: tokens.memberOf((req.headers.authorization ?? '').slice('Bearer '.length)),
    }),
  })
  return url
}

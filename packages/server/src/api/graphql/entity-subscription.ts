import { QueryNodeError } from '../../chain/client.ts'
import { single } from '../../db/client.ts'
import { type EntityKindName, entityKinds } from '../../events/kinds.ts'
import type { Subscription } from '../../generated/prisma/client.ts'
import { graphql } from '../../generated/query-node/gql.ts'
import { removeEntity, setEntity, statusOf } from '../../members/settings.ts'
import { apiError } from '../errors.ts'
import { parseId, parseText } from './arguments.ts'
import { builder, type Context, requireMember } from './builder.ts'
import { EntitySubscriptionKind, EntitySubscriptionStatus } from './enums.ts'

type Setting = { id: number | null; kind: EntityKindName; entityId: string; status: 'WATCH' | 'MUTE' | 'DEFAULT' }

const MAX_ID_LENGTH = 100

const EntitySubscription = builder.objectRef<Setting>('EntitySubscription').implement({
  description: "A member's setting for one thread, category or proposal.",
  fields: (t) => ({
    id: t.exposeInt('id'),
    kind: t.expose('kind', { type: EntitySubscriptionKind, nullable: false }),
    entityId: t.exposeString('entityId', { nullable: false }),
    status: t.expose('status', { type: EntitySubscriptionStatus, nullable: false }),
  }),
})

builder.queryField('entitySubscriptions', (t) =>
  t.field({
    type: t.listRef(EntitySubscription, { nullable: true }),
    args: {
      id: t.arg.string(),
      kind: t.arg({ type: EntitySubscriptionKind }),
      entityId: t.arg.string(),
      status: t.arg({ type: EntitySubscriptionStatus }),
    },
    async resolve(_root, { id, kind, entityId, status }, context) {
      const { id: memberId } = await requireMember(context)
      const rows = await context.db.subscription.findMany({
        where: {
          memberId,
          entityId: parseText(entityId) ?? { not: null },
          kind: kind ?? { in: Object.keys(entityKinds) },
          ...(id == null ? {} : { id: parseId(id) }),
        },
        orderBy: { id: 'asc' },
      })
      return rows.map(toSetting).filter((setting) => status == null || setting.status === status)
    },
  }),
)

for (const name of ['entitySubscription', 'subscribeToEntity'] as const) {
  builder.mutationField(name, (t) =>
    t.field({
      type: EntitySubscription,
      description:
        'Watches or mutes one thread, category or proposal. DEFAULT removes the setting, and returns the id that it had.',
      args: {
        kind: t.arg({ type: EntitySubscriptionKind, required: true }),
        entityId: t.arg.string({ required: true }),
        status: t.arg({ type: EntitySubscriptionStatus, required: true }),
      },
      resolve: (_root, setting, context) => changeEntity(context, setting),
    }),
  )
}

async function changeEntity(
  context: Context,
  { kind, entityId, status }: { kind: EntityKindName; entityId: string; status: Setting['status'] },
): Promise<Setting> {
  const { pool } = context
  const { id: memberId } = await requireMember(context)
  if (!/^[\w-]+$/.test(entityId) || entityId.length > MAX_ID_LENGTH) {
    throw apiError(
      'BAD_USER_INPUT',
      `An entity's id must have 1 to ${MAX_ID_LENGTH} letters, digits, hyphens and underscores.`,
    )
  }
  if (status === 'DEFAULT') {
    return { id: await removeEntity(single(pool), memberId, kind, entityId), kind, entityId, status }
  }
  await checkExists(context, kind, entityId)
  const id = await setEntity(single(pool), memberId, { kind, entityId, status })
  return { id, kind, entityId, status }
}

/** A query node that does not answer prevents no setting. @throws BAD_USER_INPUT if the entity does not exist */
async function checkExists({ queryNode, log }: Context, kind: EntityKindName, id: string): Promise<void> {
  try {
    const found = await queryNode.request(entityQuery, { id })
    const [rows, noun] = kind.startsWith('FORUM_THREAD')
      ? [found.forumThreads, 'Forum thread']
      : kind.startsWith('FORUM_CATEGORY')
        ? [found.forumCategories, 'Forum category']
        : [found.proposals, 'Proposal']
    if (!rows.length) throw apiError('BAD_USER_INPUT', `${noun} ${id} does not exist: check its id.`)
  } catch (error) {
    if (!(error instanceof QueryNodeError)) throw error
    log.warn(`A subscription was saved unchecked, its entity may not exist: ${error.message}`)
  }
}

function toSetting({ id, kind, entityId, ...switches }: Subscription): Setting {
  return { id, kind: kind as EntityKindName, entityId: entityId ?? '', status: statusOf(switches) }
}

const entityQuery = graphql(`
  query Entity($id: ID!) {
    forumThreads(where: { id_eq: $id }, limit: 1) { id }
    forumCategories(where: { id_eq: $id }, limit: 1) { id }
    proposals(where: { id_eq: $id }, limit: 1) { id }
  }
`)

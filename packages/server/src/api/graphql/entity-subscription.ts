import { QueryNodeError } from '../../chain/client.ts'
import { type EntityKindName, entityKinds } from '../../events/kinds.ts'
import { graphql } from '../../generated/query-node/gql.ts'
import { apiError } from '../errors.ts'
import { builder, type Context, requireMember } from './builder.ts'
import { EntitySubscriptionKind, EntitySubscriptionStatus } from './enums.ts'
import { storable } from './text.ts'

type Setting = { id: number | null; kind: EntityKindName; entityId: string; status: 'WATCH' | 'MUTE' | 'DEFAULT' }

const LONGEST_ID = 100

const EntitySubscription = builder.objectRef<Setting>('EntitySubscription').implement({
  description: 'What a member set for one thread, category or proposal.',
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
          entityId: storable(entityId) ?? { not: null },
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
      description: 'Watches or mutes one thread, category or proposal; DEFAULT takes the setting away.',
      args: {
        kind: t.arg({ type: EntitySubscriptionKind, required: true }),
        entityId: t.arg.string({ required: true }),
        status: t.arg({ type: EntitySubscriptionStatus, required: true }),
      },
      resolve: (_root, setting, context) => setEntity(context, setting),
    }),
  )
}

async function setEntity(
  context: Context,
  { kind, entityId, status }: { kind: EntityKindName; entityId: string; status: Setting['status'] },
): Promise<Setting> {
  const { db } = context
  const { id: memberId } = await requireMember(context)
  if (!/^[\w-]+$/.test(entityId) || entityId.length > LONGEST_ID) {
    throw apiError('BAD_USER_INPUT', `An entity's id has up to ${LONGEST_ID} letters, digits and hyphens.`)
  }
  if (status === 'DEFAULT') {
    await db.subscription.deleteMany({ where: { memberId, kind, entityId } })
    return { id: null, kind, entityId, status }
  }
  await checkExists(context, kind, entityId)
  const on = status === 'WATCH'
  const [row] = await db.$queryRaw<[{ id: number }]>`
    INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail")
    VALUES (${memberId}, ${kind}, ${entityId}, ${on}, ${on})
    ON CONFLICT ("memberId", kind, "entityId") DO UPDATE SET
      "shouldNotify" = excluded."shouldNotify", "shouldNotifyByEmail" = excluded."shouldNotifyByEmail",
      "updatedAt" = now()
    RETURNING id`
  return { id: row.id, kind, entityId, status }
}

/** @throws BAD_USER_INPUT when the query node answers that there is no such thing; its silence stops nobody */
async function checkExists({ queryNode, log }: Context, kind: EntityKindName, id: string): Promise<void> {
  try {
    const found = await queryNode.request(entityQuery, { id })
    const [rows, noun] = kind.startsWith('FORUM_THREAD')
      ? [found.forumThreads, 'forum thread']
      : kind.startsWith('FORUM_CATEGORY')
        ? [found.forumCategories, 'forum category']
        : [found.proposals, 'proposal']
    if (!rows.length) throw apiError('BAD_USER_INPUT', `There is no ${noun} ${id}.`)
  } catch (error) {
    if (!(error instanceof QueryNodeError)) throw error
    log.warn(`A setting was stored unchecked: ${error.message}`)
  }
}

function toSetting(row: { id: number; kind: string; entityId: string | null } & Switches): Setting {
  const on = row.shouldNotify || row.shouldNotifyByEmail
  return { id: row.id, kind: row.kind as EntityKindName, entityId: row.entityId ?? '', status: on ? 'WATCH' : 'MUTE' }
}
type Switches = { shouldNotify: boolean; shouldNotifyByEmail: boolean }

/** The contract has ids of settings and notifications as text. @returns one that nothing has, for what can be no id */
export const parseId = (id: string): number => (/^\d{1,10}$/.test(id) && Number(id) < 2 ** 31 ? Number(id) : -1)

const entityQuery = graphql(`
  query Entity($id: ID!) {
    forumThreads(where: { id_eq: $id }, limit: 1) { id }
    forumCategories(where: { id_eq: $id }, limit: 1) { id }
    proposals(where: { id_eq: $id }, limit: 1) { id }
  }
`)

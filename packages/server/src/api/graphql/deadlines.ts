import { type DeadlineAhead, readDeadlines } from '../../operations/deadlines.ts'
import { builder, requireMember } from './builder.ts'

const Deadline = builder.objectRef<DeadlineAhead>('Deadline').implement({
  description: 'Something that ends: a stage of a council election, the vote on a proposal, an opening.',
  fields: (t) => ({
    title: t.exposeString('title', { nullable: false }),
    url: t.string({
      nullable: false,
      description: 'Its page in Pioneer.',
      resolve: ({ path }, _args, { pioneerUrl }) => pioneerUrl + path,
    }),
    endsAt: t.string({ nullable: false, description: 'ISO 8601.', resolve: ({ endsAt }) => endsAt.toISOString() }),
    isEstimated: t.exposeBoolean('isEstimated', {
      nullable: false,
      description: 'Whether it ends at a block, whose time can only be estimated.',
    }),
  }),
})

builder.queryField('deadlines', (t) =>
  t.field({
    type: t.listRef(Deadline),
    description:
      "Up to 100 deadlines that lie ahead, the soonest first: the chain's, the same for every member. The calendar has the member's own.",
    async resolve(_root, _args, context) {
      await requireMember(context)
      return readDeadlines(context.pool)
    },
  }),
)

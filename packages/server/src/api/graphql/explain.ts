import { explainEvent } from '../../inbox/why/explain.ts'
import type { Step, Story } from '../../inbox/why/story.ts'
import { apiError } from '../errors.ts'
import { parseText } from './arguments.ts'
import { builder, requireMember } from './builder.ts'

/** Each takes several statements. */
const MAX_EXPLANATIONS_PER_REQUEST = 3
/** Ids of the query node have about 20 characters. */
const LONGEST_ID = 200

const ExplanationStep = builder.objectRef<Step>('ExplanationStep').implement({
  description: 'One part of an explanation: a reason of the event, the notification, its email.',
  fields: (t) => ({
    label: t.exposeString('label', { nullable: false, description: 'A few words, such as the name of a setting.' }),
    text: t.exposeString('text', { nullable: false, description: 'Full sentences.' }),
  }),
})

const Explanation = builder.objectRef<Story>('Explanation').implement({
  description: 'Why the member was, or was not, notified of an event.',
  fields: (t) => ({
    eventId: t.exposeString('eventId', { nullable: false }),
    eventType: t.exposeString('eventType', {
      description: "The query node's name of its type, without `Event`. Null if the event is not known.",
    }),
    time: t.string({
      description: "The time of the event's block (ISO 8601). Null if the event is not known.",
      resolve: ({ time }) => time?.toISOString(),
    }),
    title: t.exposeString('title', { description: 'One line.' }),
    notificationId: t.exposeInt('notificationId', { description: 'Null if the member was not notified.' }),
    outcome: t.exposeString('outcome', { nullable: false, description: 'The answer in one or two sentences.' }),
    steps: t.field({
      type: t.listRef(ExplanationStep),
      nullable: false,
      description: 'The whole story.',
      resolve: ({ steps }) => steps,
    }),
  }),
})

builder.queryField('explain', (t) =>
  t.field({
    type: t.listRef(Explanation),
    description:
      'Why the member was, or was not, notified of an event, by their settings of that time. One explanation, or more where events of several types have the id.',
    args: { eventId: t.arg.string({ required: true }) },
    async resolve(_root, args, context) {
      const { id } = await requireMember(context)
      const eventId = parseText(args.eventId) ?? ''
      if (!eventId || eventId.length > LONGEST_ID) {
        throw apiError('BAD_USER_INPUT', `An event id has 1 to ${LONGEST_ID} characters.`)
      }
      if (++context.explanations > MAX_EXPLANATIONS_PER_REQUEST) {
        throw apiError('BAD_USER_INPUT', `A request can explain ${MAX_EXPLANATIONS_PER_REQUEST} events at most.`)
      }
      return explainEvent(context.pool, id, eventId, { whyDays: context.whyDays, reader: 'member' })
    },
  }),
)

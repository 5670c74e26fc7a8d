import { graphql } from '../../generated/query-node/gql.ts'
import { defineEffect } from '../define.ts'
import { thread } from '../samples.ts'
import { hiddenThread } from '../withdrawal.ts'

export const threadModerated = defineEffect({
  type: 'ThreadModerated',
  fields: graphql(`fragment ThreadModerated on ThreadModeratedEvent { threadId }`),
  read: async ({ threadId }, chain) => ({ thread: await chain.thread(threadId) }),
  withdraws: ({ thread }) => hiddenThread(thread),
  sample: () => ({ thread: { ...thread, isVisible: false } }),
})

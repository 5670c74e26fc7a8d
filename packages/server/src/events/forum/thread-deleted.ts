import { graphql } from '../../generated/query-node/gql.ts'
import { defineEffect } from '../define.ts'
import { thread } from '../samples.ts'
import { hiddenThread } from '../withdrawal.ts'

export const threadDeleted = defineEffect({
  type: 'ThreadDeleted',
  fields: graphql(`fragment ThreadDeleted on ThreadDeletedEvent { threadId }`),
  read: async ({ threadId }, chain) => ({ thread: await chain.thread(threadId) }),
  withdraws: ({ thread }) => hiddenThread(thread),
  sample: () => ({ thread: { ...thread, isVisible: false } }),
})

import { defineEffect } from '../define.ts'
import { post } from '../samples.ts'
import { hiddenPost } from '../withdrawal.ts'

export const postDeleted = defineEffect({
  type: 'PostDeleted',
  read: async (_row, chain, { id }) => ({ posts: await chain.postsDeletedIn(id) }),
  withdraws: ({ posts }) => posts.flatMap(hiddenPost),
  sample: () => ({ posts: [{ ...post, isVisible: false }] }),
})

import { graphql } from '../../generated/query-node/gql.ts'
import { defineEffect } from '../define.ts'
import { post } from '../samples.ts'
import { hiddenPost } from '../withdrawal.ts'

export const postModerated = defineEffect({
  type: 'PostModerated',
  fields: graphql(`fragment PostModerated on PostModeratedEvent { postId }`),
  read: async ({ postId }, chain) => ({ post: await chain.post(postId) }),
  withdraws: ({ post }) => hiddenPost(post),
  sample: () => ({ post: { ...post, isVisible: false } }),
})

import { graphql } from '../../generated/query-node/gql.ts'
import { defineEffect } from '../define.ts'
import { discussionPost } from '../samples.ts'
import { hiddenDiscussionPost } from '../withdrawal.ts'

export const proposalDiscussionPostDeleted = defineEffect({
  type: 'ProposalDiscussionPostDeleted',
  fields: graphql(`fragment ProposalDiscussionPostDeleted on ProposalDiscussionPostDeletedEvent { postId }`),
  read: async ({ postId }, chain) => ({ post: await chain.discussionPost(postId) }),
  withdraws: ({ post }) => hiddenDiscussionPost(post),
  sample: () => ({ post: { ...discussionPost, isVisible: false } }),
})

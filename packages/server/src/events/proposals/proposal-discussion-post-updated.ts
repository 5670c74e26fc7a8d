import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent, exceptMutersOf, members } from '../define.ts'
import { excerptOf } from '../markdown.ts'
import { newlyMentionedIn, sampleMentions, whom } from '../mentions.ts'
import { alice, bob, discussionPost, proposal, text } from '../samples.ts'
import { hiddenDiscussionPost, sourcesOfDiscussionPost } from '../withdrawal.ts'

export const proposalDiscussionPostUpdated = defineEvent({
  type: 'ProposalDiscussionPostUpdated',
  fields: graphql(`fragment ProposalDiscussionPostUpdated on ProposalDiscussionPostUpdatedEvent { postId text }`),

  async read({ postId, text }, chain, meta) {
    const post = await chain.discussionPost(postId)
    const [proposal, author, mentioned] = await Promise.all([
      chain.discussedProposal(post.discussionThreadId),
      chain.member(post.authorId),
      newlyMentionedIn(text, () => chain.discussionTextsBefore(post, meta), chain),
    ])
    return { text, post, proposal, author, mentioned }
  },

  actor: ({ post }) => post.authorId,
  entity: ({ post }) => post.id,
  // Watchers are not notified of edits, but muting still overrides a mention.
  rules: ({ proposal, mentioned }) => [
    members('PROPOSAL_DISCUSSION_MENTION', mentioned.members),
    members('ROLE_MENTION', mentioned.holders),
    exceptMutersOf('PROPOSAL_ENTITY_DISCUSSION', proposal.id),
  ],

  sources: ({ post }) => sourcesOfDiscussionPost(post),
  withdraws: ({ post }) => hiddenDiscussionPost(post),

  data: ({ text, post, proposal, author, mentioned }) => ({
    author: author.handle,
    proposal: proposal.title,
    proposalId: proposal.id,
    postId: post.id,
    roles: mentioned.roles,
    excerpt: post.isVisible ? excerptOf(text) : null,
  }),
  words: ({ author, proposal, proposalId, postId, roles, excerpt }, kind) => ({
    title: `${author} mentioned ${whom(kind, roles)} on “${proposal}”`,
    summary: 'The mention was added to an earlier post.',
    excerpt,
    path: `/#/proposals/preview/${proposalId}?post=${postId}`,
    action: 'Read the post',
  }),

  sample: () => ({ text, post: discussionPost, proposal, author: alice, mentioned: sampleMentions(bob.id) }),
})

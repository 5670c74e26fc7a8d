import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent, everyone, members, proposalConversation, watchersOf } from '../define.ts'
import { excerptOf } from '../markdown.ts'
import { mentionedIn, sampleMentions, whom } from '../mentions.ts'
import { alice, bob, discussionPost, proposal, repliedDiscussionPost, text } from '../samples.ts'
import { hiddenDiscussionPost, sourcesOfDiscussionPost } from '../withdrawal.ts'

export const proposalDiscussionPostCreated = defineEvent({
  type: 'ProposalDiscussionPostCreated',
  fields: graphql(`fragment ProposalDiscussionPostCreated on ProposalDiscussionPostCreatedEvent { postId text }`),

  async read({ postId, text }, chain) {
    const post = await chain.discussionPost(postId)
    const [proposal, author, repliesTo, earlierAuthors, mentioned, { council }] = await Promise.all([
      chain.discussedProposal(post.discussionThreadId),
      chain.member(post.authorId),
      post.repliesToId ? chain.discussionPost(post.repliesToId) : undefined,
      chain.earlierDiscussants(post),
      mentionedIn(text, chain),
      chain.roles(),
    ])
    return { text, post, proposal, author, repliesTo, earlierAuthors, mentioned, council }
  },

  actor: ({ post }) => post.authorId,
  entity: ({ post }) => post.id,
  rules: ({ proposal, repliesTo, earlierAuthors, mentioned, council }) => [
    members('PROPOSAL_DISCUSSION_MENTION', mentioned.members),
    members('ROLE_MENTION', mentioned.holders),
    members('PROPOSAL_DISCUSSION_REPLY', [repliesTo?.authorId]),
    members('PROPOSAL_DISCUSSION_CREATOR', [proposal.creatorId]),
    members('PROPOSAL_DISCUSSION_CONTRIBUTOR', earlierAuthors),
    members('PROPOSAL_DISCUSSION_COUNCILOR', council),
    watchersOf('PROPOSAL_ENTITY_DISCUSSION', proposal.id),
    everyone('PROPOSAL_DISCUSSION_ALL'),
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
  words({ author, proposal, proposalId, postId, roles, excerpt }, kind) {
    const words = { excerpt, path: `/#/proposals/preview/${proposalId}?post=${postId}`, action: 'Read the post' }
    if (kind === 'PROPOSAL_DISCUSSION_MENTION' || kind === 'ROLE_MENTION') {
      return {
        ...words,
        title: `${author} mentioned ${whom(kind, roles)} on “${proposal}”`,
      }
    }
    if (kind === 'PROPOSAL_DISCUSSION_REPLY') {
      return {
        ...words,
        conversation: proposalConversation(proposalId, proposal, { action: `${author} replied to you` }),
        title: `${author} replied to you on “${proposal}”`,
      }
    }
    return {
      ...words,
      conversation: proposalConversation(proposalId, proposal, { action: `${author} commented` }),
      title: `${author} commented on ${kind === 'PROPOSAL_DISCUSSION_CREATOR' ? 'your proposal ' : ''}“${proposal}”`,
    }
  },

  sample: () => ({
    text,
    post: discussionPost,
    proposal,
    author: alice,
    repliesTo: repliedDiscussionPost,
    earlierAuthors: [bob.id],
    mentioned: sampleMentions(bob.id),
    council: [bob.id],
  }),
})

import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent, everyone, members, threadConversation, watchersOf } from '../define.ts'
import { excerptOf } from '../markdown.ts'
import { mentionedIn, sampleMentions, whom } from '../mentions.ts'
import { alice, bob, categoryPath, post, repliedPost, text, thread } from '../samples.ts'
import { hiddenPost, hiddenThread, sourcesOfPost, threadName } from '../withdrawal.ts'

export const postAdded = defineEvent({
  type: 'PostAdded',
  fields: graphql(`fragment PostAdded on PostAddedEvent { postId text }`),

  async read({ postId, text }, chain) {
    const post = await chain.post(postId)
    const [thread, author, repliesTo, earlierAuthors, mentioned] = await Promise.all([
      chain.thread(post.threadId),
      chain.member(post.authorId),
      post.repliesToId ? chain.post(post.repliesToId) : undefined,
      chain.earlierAuthors(post),
      mentionedIn(text, chain),
    ])
    const categories = await chain.categoryPath(thread.categoryId)
    return { text, post, thread, author, repliesTo, earlierAuthors, mentioned, categories }
  },

  actor: ({ post }) => post.authorId,
  entity: ({ post }) => post.id,
  rules: ({ thread, repliesTo, earlierAuthors, mentioned, categories }) => [
    members('FORUM_POST_MENTION', mentioned.members),
    members('ROLE_MENTION', mentioned.holders),
    members('FORUM_POST_REPLY', [repliesTo?.authorId]),
    members('FORUM_THREAD_CREATOR', [thread.authorId]),
    members('FORUM_THREAD_CONTRIBUTOR', earlierAuthors),
    watchersOf('FORUM_THREAD_ENTITY_POST', thread.id),
    ...categories.map((id) => watchersOf('FORUM_CATEGORY_ENTITY_POST', id)),
    everyone('FORUM_POST_ALL'),
  ],

  sources: ({ post }) => sourcesOfPost(post),
  withdraws: ({ post, thread }) => [...hiddenPost(post), ...hiddenThread(thread)],

  data: ({ text, post, thread, author, mentioned }) => ({
    author: author.handle,
    thread: thread.isVisible ? thread.title : null,
    threadId: thread.id,
    postId: post.id,
    roles: mentioned.roles,
    excerpt: post.isVisible && thread.isVisible ? excerptOf(text) : null,
  }),
  words({ author, thread, threadId, postId, roles, excerpt }, kind) {
    const path = `/#/forum/thread/${threadId}?post=${postId}`
    const words = { excerpt, path, action: 'Read the post' }
    const name = threadName(thread)
    if (kind === 'FORUM_POST_MENTION' || kind === 'ROLE_MENTION') {
      return {
        ...words,
        title: `${author} mentioned ${whom(kind, roles)} in ${name}`,
      }
    }
    if (kind === 'FORUM_POST_REPLY') {
      return {
        ...words,
        conversation: threadConversation(threadId, thread, { action: `${author} replied to you` }),
        title: `${author} replied to you in ${name}`,
      }
    }
    return {
      ...words,
      conversation: threadConversation(threadId, thread, { action: `${author} posted` }),
      title: `${author} posted in ${name}`,
    }
  },

  sample: () => ({
    text,
    post,
    thread,
    author: alice,
    repliesTo: repliedPost,
    earlierAuthors: [bob.id],
    mentioned: sampleMentions(bob.id),
    categories: categoryPath,
  }),
})

import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent, exceptMutersOf, members } from '../define.ts'
import { excerptOf } from '../markdown.ts'
import { newlyMentionedIn, sampleMentions, whom } from '../mentions.ts'
import { alice, bob, categoryPath, post, text, thread } from '../samples.ts'
import { hiddenPost, hiddenThread, sourcesOfPost, threadName } from '../withdrawal.ts'

export const postTextUpdated = defineEvent({
  type: 'PostTextUpdated',
  fields: graphql(`fragment PostTextUpdated on PostTextUpdatedEvent { postId newText }`),

  async read({ postId, newText }, chain, meta) {
    const post = await chain.post(postId)
    const [thread, author, mentioned] = await Promise.all([
      chain.thread(post.threadId),
      chain.member(post.authorId),
      newlyMentionedIn(newText, () => chain.textsBefore(post, meta), chain),
    ])
    return { newText, post, thread, author, mentioned, categories: await chain.categoryPath(thread.categoryId) }
  },

  actor: ({ post }) => post.authorId,
  entity: ({ post }) => post.id,
  // Watchers are not notified of edits, but muting still overrides a mention.
  rules: ({ thread, mentioned, categories }) => [
    members('FORUM_POST_MENTION', mentioned.members),
    members('ROLE_MENTION', mentioned.holders),
    exceptMutersOf('FORUM_THREAD_ENTITY_POST', thread.id),
    ...categories.map((id) => exceptMutersOf('FORUM_CATEGORY_ENTITY_POST', id)),
  ],

  sources: ({ post }) => sourcesOfPost(post),
  withdraws: ({ post, thread }) => [...hiddenPost(post), ...hiddenThread(thread)],

  data: ({ newText, post, thread, author, mentioned }) => ({
    author: author.handle,
    thread: thread.isVisible ? thread.title : null,
    threadId: thread.id,
    postId: post.id,
    roles: mentioned.roles,
    excerpt: post.isVisible && thread.isVisible ? excerptOf(newText) : null,
  }),
  words: ({ author, thread, threadId, postId, roles, excerpt }, kind) => ({
    title: `${author} mentioned ${whom(kind, roles)} in ${threadName(thread)}`,
    summary: 'The mention was added to an earlier post.',
    excerpt,
    path: `/#/forum/thread/${threadId}?post=${postId}`,
    action: 'Read the post',
  }),

  sample: () => ({
    newText: text,
    post,
    thread,
    author: alice,
    mentioned: sampleMentions(bob.id),
    categories: categoryPath,
  }),
})

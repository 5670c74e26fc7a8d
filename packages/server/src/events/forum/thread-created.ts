import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent, everyone, members, watchersOf } from '../define.ts'
import { excerptOf } from '../markdown.ts'
import { membersMentioned } from '../mentions.ts'
import { bob, carol, categoryPath, text, thread } from '../samples.ts'

// The first post of a thread raises no PostAdded event: this event carries its text.
export const threadCreated = defineEvent({
  type: 'ThreadCreated',
  fields: graphql(`fragment ThreadCreated on ThreadCreatedEvent { threadId title text }`),

  async read({ threadId, title, text }, chain) {
    const thread = await chain.thread(threadId)
    const [author, mentioned, categories] = await Promise.all([
      chain.member(thread.authorId),
      membersMentioned(text, chain),
      chain.categoryPath(thread.categoryId),
    ])
    return { title, text, thread, author, mentioned, categories }
  },

  actor: ({ thread }) => thread.authorId,
  entity: ({ thread }) => thread.id,
  rules: ({ mentioned, categories }) => [
    members('FORUM_THREAD_MENTION', mentioned),
    ...categories.map((id) => watchersOf('FORUM_CATEGORY_ENTITY_THREAD', id)),
    everyone('FORUM_THREAD_ALL'),
  ],

  data: ({ title, text, thread, author }) => ({
    author: author.handle,
    thread: title,
    threadId: thread.id,
    excerpt: excerptOf(text),
  }),
  words: ({ author, thread, threadId, excerpt }, kind) => ({
    title: kind === 'FORUM_THREAD_MENTION' ? `${author} mentioned you in “${thread}”` : `New thread: “${thread}”`,
    summary:
      kind === 'FORUM_THREAD_MENTION'
        ? `${author} started the thread “${thread}” and mentioned you in it.`
        : `${author} started the thread “${thread}”.`,
    excerpt,
    path: `/#/forum/thread/${threadId}`,
    action: 'Read the thread',
  }),

  sample: () => ({ title: thread.title, text, thread, author: carol, mentioned: [bob.id], categories: categoryPath }),
})

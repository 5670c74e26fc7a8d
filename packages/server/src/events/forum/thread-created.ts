import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent, everyone, members, threadConversation, watchersOf } from '../define.ts'
import { excerptOf } from '../markdown.ts'
import { mentionedIn, sampleMentions, whom } from '../mentions.ts'
import { bob, carol, categoryPath, text, thread } from '../samples.ts'
import { hiddenThread, sourcesOfThread, threadName } from '../withdrawal.ts'

// The first post of a thread raises no PostAdded event: this event carries its text.
export const threadCreated = defineEvent({
  type: 'ThreadCreated',
  fields: graphql(`fragment ThreadCreated on ThreadCreatedEvent { threadId title text }`),

  async read({ threadId, title, text }, chain) {
    const thread = await chain.thread(threadId)
    const [author, mentioned, categories] = await Promise.all([
      chain.member(thread.authorId),
      mentionedIn(text, chain),
      chain.categoryPath(thread.categoryId),
    ])
    return { title, text, thread, author, mentioned, categories }
  },

  actor: ({ thread }) => thread.authorId,
  entity: ({ thread }) => thread.id,
  rules: ({ mentioned, categories }) => [
    members('FORUM_THREAD_MENTION', mentioned.members),
    members('ROLE_MENTION', mentioned.holders),
    ...categories.map((id) => watchersOf('FORUM_CATEGORY_ENTITY_THREAD', id)),
    everyone('FORUM_THREAD_ALL'),
  ],

  sources: ({ thread }) => sourcesOfThread(thread),
  withdraws: ({ thread }) => hiddenThread(thread),

  data: ({ title, text, thread, author, mentioned }) => ({
    author: author.handle,
    thread: thread.isVisible ? title : null,
    threadId: thread.id,
    roles: mentioned.roles,
    excerpt: thread.isVisible ? excerptOf(text) : null,
  }),
  words({ author, thread, threadId, roles, excerpt }, kind) {
    const words = { excerpt, path: `/#/forum/thread/${threadId}`, action: 'Read the thread' }
    if (kind === 'FORUM_THREAD_MENTION' || kind === 'ROLE_MENTION') {
      return {
        ...words,
        title: `${author} mentioned ${whom(kind, roles)} in ${threadName(thread)}`,
        summary: 'The mention is in the first post of a new thread.',
      }
    }
    return {
      ...words,
      title: `New thread: ${threadName(thread)}`,
      summary: `${author} started it.`,
      conversation: threadConversation(threadId, thread, { opens: true, action: `${author} started this thread` }),
    }
  },

  sample: () => ({
    title: thread.title,
    text,
    thread,
    author: carol,
    mentioned: sampleMentions(bob.id),
    categories: categoryPath,
  }),
})

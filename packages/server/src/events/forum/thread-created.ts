import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent, everyone, members, watchersOf } from '../define.ts'
import { excerptOf } from '../markdown.ts'
import { membersMentioned } from '../mentions.ts'
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

  sources: ({ thread }) => sourcesOfThread(thread),
  withdraws: ({ thread }) => hiddenThread(thread),

  data: ({ title, text, thread, author }) => ({
    author: author.handle,
    thread: thread.isVisible ? title : null,
    threadId: thread.id,
    excerpt: thread.isVisible ? excerptOf(text) : null,
  }),
  words: ({ author, thread, threadId, excerpt }, kind) => ({
    title:
      kind === 'FORUM_THREAD_MENTION'
        ? `${author} mentioned you in ${threadName(thread)}`
        : `New thread: ${threadName(thread)}`,
    summary:
      kind === 'FORUM_THREAD_MENTION'
        ? `${author} started ${started(thread)} and mentioned you in it.`
        : `${author} started ${started(thread)}.`,
    excerpt,
    path: `/#/forum/thread/${threadId}`,
    action: 'Read the thread',
  }),

  sample: () => ({ title: thread.title, text, thread, author: carol, mentioned: [bob.id], categories: categoryPath }),
})

const started = (thread: string | null) => (thread === null ? threadName(thread) : `the thread ${threadName(thread)}`)

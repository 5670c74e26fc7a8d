import type { DiscussionPost, Post, Thread } from './chain.ts'

/** Something that a member wrote and that can be taken back: the kind and the id. */
export type Source = `${keyof typeof TEXTS_OF}:${string}`

/** The fields of an event's data that repeat its text. The posts of a hidden thread are hidden too. */
export const TEXTS_OF = {
  post: ['excerpt'],
  discussionPost: ['excerpt'],
  thread: ['thread', 'excerpt'],
} as const

export const sourcesOfPost = (post: Post): Source[] => [`post:${post.id}`, `thread:${post.threadId}`]
export const sourcesOfThread = (thread: Thread): Source[] => [`thread:${thread.id}`]
export const sourcesOfDiscussionPost = (post: DiscussionPost): Source[] => [`discussionPost:${post.id}`]

// Deleting can also lock a post and leave it visible, so what counts is the current state.
export const hiddenPost = (post: Post): Source[] => (post.isVisible ? [] : [`post:${post.id}`])
export const hiddenThread = (thread: Thread): Source[] => (thread.isVisible ? [] : [`thread:${thread.id}`])
export const hiddenDiscussionPost = (post: DiscussionPost): Source[] =>
  post.isVisible ? [] : [`discussionPost:${post.id}`]

/** How a thread is named in a sentence. */
export const threadName = (title: string | null) => (title === null ? 'a removed thread' : `“${title}”`)

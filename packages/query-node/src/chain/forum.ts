import type { Ledger } from './ledger.ts'
import type { Member } from './members.ts'
import type { ChainEvent } from './types.ts'

export type Category = { readonly type: 'ForumCategory'; readonly id: string; readonly title: string }

export type Thread = {
  readonly type: 'ForumThread'
  readonly id: string
  readonly title: string
  readonly authorId: string
  /** Holds the text of the thread. Raised no PostAddedEvent. */
  readonly initialPost: Post
  readonly event: ChainEvent
}

export type Post = {
  readonly type: 'ForumPost'
  readonly id: string
  readonly authorId: string
  readonly threadId: string
  /** PostAdded, or ThreadCreated for the first post of a thread. */
  readonly event: ChainEvent
}

export type ThreadOptions = { by: Member; in: Category; title: string; text: string; id?: string }
export type PostOptions = { by: Member; in: Thread; text: string; repliesTo?: Post; id?: string }

export function forumBuilders(ledger: Ledger) {
  const takeId = (counter: string, wanted?: string): string =>
    String(ledger.takeNumber(counter, 1, wanted === undefined ? undefined : Number(wanted)))

  const hide = (post: Post): void => {
    ledger.change('ForumPost', post.id, { isVisible: false })
    changeVisiblePosts(post.threadId, -1)
  }

  const changeVisiblePosts = (threadId: string, by: number): void => {
    const thread = ledger.find('ForumThread', threadId)
    if (thread) ledger.change('ForumThread', threadId, { visiblePostsCount: Number(thread.visiblePostsCount) + by })
  }

  return {
    /** Raises no event. */
    categoryCreated(title: string, options: { parent?: Category; description?: string; id?: string } = {}): Category {
      const id = takeId('category', options.id)
      ledger.skipIndex()
      ledger.add('ForumCategory', id, {
        title,
        description: options.description ?? '',
        parentId: options.parent?.id ?? null,
      })
      return { type: 'ForumCategory', id, title }
    },

    /** The text becomes the first post, without a PostAddedEvent. */
    threadCreated(options: ThreadOptions): Thread {
      const { by, title, text } = options
      const id = takeId('thread', options.id)
      const postId = takeId('post')
      const event = ledger.raise('ThreadCreatedEvent', { threadId: id, title, text })
      const authorId = by.id
      ledger.add('ForumThread', id, {
        authorId,
        categoryId: options.in.id,
        title,
        initialPostId: postId,
        visiblePostsCount: 1,
        isSticky: false,
        isVisible: true,
        createdInEventId: event.id,
      })
      ledger.add('ForumPost', postId, {
        authorId,
        threadId: id,
        text,
        repliesToId: null,
        isVisible: true,
        origin: { __typename: 'PostOriginThreadInitial', threadCreatedEventId: event.id },
      })
      const initialPost: Post = { type: 'ForumPost', id: postId, authorId, threadId: id, event }
      return { type: 'ForumThread', id, title, authorId, initialPost, event }
    },

    postAdded(options: PostOptions): Post {
      const { by, text, repliesTo } = options
      const id = takeId('post', options.id)
      const event = ledger.raise('PostAddedEvent', { postId: id, isEditable: true, text })
      ledger.add('ForumPost', id, {
        authorId: by.id,
        threadId: options.in.id,
        text,
        repliesToId: repliesTo?.id ?? null,
        isVisible: true,
        origin: { __typename: 'PostOriginThreadReply', postAddedEventId: event.id },
      })
      changeVisiblePosts(options.in.id, 1)
      return { type: 'ForumPost', id, authorId: by.id, threadId: options.in.id, event }
    },

    /** Changes the text of the post. Earlier events keep the old text. */
    postEdited(post: Post, { text }: { text: string }): ChainEvent {
      ledger.change('ForumPost', post.id, { text })
      return ledger.raise('PostTextUpdatedEvent', { postId: post.id, newText: text })
    },

    // Like the real indexer, these keep the rows, and leave the posts of a hidden thread visible.
    postModerated(post: Post, { rationale = '' } = {}): ChainEvent {
      hide(post)
      return ledger.raise('PostModeratedEvent', { postId: post.id, rationale })
    },

    /** Locks the posts, and hides them unless told otherwise. */
    postDeleted(posts: Post | readonly Post[], { hides = true, rationale = '' } = {}): ChainEvent {
      const event = ledger.raise('PostDeletedEvent', { rationale })
      for (const post of [posts].flat()) {
        if (hides) hide(post)
        ledger.change('ForumPost', post.id, { deletedInEventId: event.id })
      }
      return event
    },

    threadModerated(thread: Thread, { rationale = '' } = {}): ChainEvent {
      ledger.change('ForumThread', thread.id, { isVisible: false })
      return ledger.raise('ThreadModeratedEvent', { threadId: thread.id, rationale })
    },

    threadDeleted(thread: Thread, { hides = true } = {}): ChainEvent {
      if (hides) ledger.change('ForumThread', thread.id, { isVisible: false })
      return ledger.raise('ThreadDeletedEvent', { threadId: thread.id })
    },

    /** Raises no event. */
    threadMoved(thread: Thread, { to }: { to: Category }): void {
      ledger.skipIndex()
      ledger.change('ForumThread', thread.id, { categoryId: to.id })
    },
  }
}

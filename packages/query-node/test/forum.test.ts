import { expect, test } from 'vitest'
import { ask, serve, smallForum } from './support.ts'

test('the first post of a thread raises ThreadCreated only', async () => {
  const { chain, alice, bob, general, thread } = smallForum()
  const reply = chain.postAdded({ by: bob, in: thread, text: 'A reply', repliesTo: thread.initialPost })
  chain.commitBlock()
  const query = `{
    threadCreatedEvents { id threadId title text thread { authorId categoryId initialPostId createdInEvent { id } } }
    postAddedEvents { id postId text post { authorId threadId repliesToId } }
    forumPosts { id text origin { __typename } }
  }`
  expect(await ask(await serve(chain), query)).toEqual({
    threadCreatedEvents: [
      {
        id: thread.event.id,
        threadId: thread.id,
        title: 'A thread',
        text: 'Its first post',
        thread: {
          authorId: alice.id,
          categoryId: general.id,
          initialPostId: thread.initialPost.id,
          createdInEvent: { id: thread.event.id },
        },
      },
    ],
    postAddedEvents: [
      {
        id: reply.event.id,
        postId: reply.id,
        text: 'A reply',
        post: { authorId: bob.id, threadId: thread.id, repliesToId: thread.initialPost.id },
      },
    ],
    forumPosts: [
      { id: thread.initialPost.id, text: 'Its first post', origin: { __typename: 'PostOriginThreadInitial' } },
      { id: reply.id, text: 'A reply', origin: { __typename: 'PostOriginThreadReply' } },
    ],
  })
})

test('a moderated or deleted post stays but is not visible', async () => {
  const { chain, bob, thread } = smallForum()
  chain.postModerated(chain.postAdded({ by: bob, in: thread, text: 'Rude' }))
  chain.postDeleted(chain.postAdded({ by: bob, in: thread, text: 'Regretted' }))
  chain.commitBlock()
  const query = '{ forumThreads { visiblePostsCount } forumPosts { text isVisible } }'
  expect(await ask(await serve(chain), query)).toEqual({
    forumThreads: [{ visiblePostsCount: 1 }],
    forumPosts: [
      { text: 'Its first post', isVisible: true },
      { text: 'Rude', isVisible: false },
      { text: 'Regretted', isVisible: false },
    ],
  })
})

test('a thread can move to another category, and categories form a tree', async () => {
  const { chain, general, thread } = smallForum()
  const inner = chain.categoryCreated('Inner', { parent: general, description: 'Deeper' })
  chain.threadMoved(thread, { to: inner })
  chain.commitBlock()
  const query = '{ forumThreads { category { title description parent { id threads { id } } } } }'
  expect(await ask(await serve(chain), query)).toEqual({
    forumThreads: [{ category: { title: 'Inner', description: 'Deeper', parent: { id: general.id, threads: [] } } }],
  })
})

test('ids can be chosen, and later ids continue from there', () => {
  const { chain, alice, general, thread } = smallForum()
  expect(chain.memberJoins('leet', { id: '957' }).id).toBe('957')
  expect(chain.memberJoins('next').id).toBe('958')
  expect(chain.categoryCreated('Chosen', { id: '30' }).id).toBe('30')
  expect(chain.threadCreated({ by: alice, in: general, title: '', text: '', id: '40' }).id).toBe('40')
  expect(chain.postAdded({ by: alice, in: thread, text: '', id: '50' }).id).toBe('50')
  expect(chain.postAdded({ by: alice, in: thread, text: '' }).id).toBe('51')
  expect(() => chain.memberJoins('again', { id: '957' })).toThrow('There is a Membership 957 already')
})

test('an event can refer to a missing entity, or share its id with an event of another type', async () => {
  const { chain, bob, thread } = smallForum()
  chain.commitBlock()
  const [post, edit] = chain.block(() =>
    chain.atOneIndex(() => {
      const added = chain.postAdded({ by: bob, in: thread, text: 'Hello' })
      return [added, chain.postEdited(added, { text: 'Hello!' })] as const
    }),
  )
  expect(post.event.id).toBe(edit.id)
  chain.forget(post)
  chain.raise('PostAddedEvent', { postId: '404', text: 'From nowhere' })
  chain.commitBlock()
  const query = '{ postAddedEvents { id postId text } postTextUpdatedEvents { id } forumPosts { id } }'
  expect(await ask(await serve(chain), query)).toEqual({
    postAddedEvents: [
      { id: 'OLYMPIA-2-0', postId: post.id, text: 'Hello' },
      { id: 'OLYMPIA-3-0', postId: '404', text: 'From nowhere' },
    ],
    postTextUpdatedEvents: [{ id: 'OLYMPIA-2-0' }],
    forumPosts: [{ id: thread.initialPost.id }],
  })
})

test('two events of one type cannot have the same id', () => {
  const { chain, bob, thread } = smallForum()
  const twice = () => {
    chain.postAdded({ by: bob, in: thread, text: 'One' })
    chain.postAdded({ by: bob, in: thread, text: 'Two' })
  }
  expect(() => chain.atOneIndex(twice)).toThrow(/There is a PostAddedEvent .* already/)
})

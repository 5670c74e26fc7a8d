import { type ChainOptions, createChain } from './chain/chain.ts'
import type { Category, Thread } from './chain/forum.ts'
import type { Member } from './chain/members.ts'
import { createRandom } from './random.ts'
import { mention } from './sample/mentions.ts'

export type LargeChainOptions = ChainOptions & {
  /** Number of PostAdded events (default 1000). */
  events?: number
  /** Number of members, with ids from 0 (default 1000). */
  members?: number
  /** Number of threads, among which the posts are spread evenly (default: 20 posts per thread). */
  threads?: number
  /** Levels of nested categories; the threads are in the deepest (default 3). */
  categoryDepth?: number
  /** Default 10. */
  eventsPerBlock?: number
  seed?: number
}

/** Creates a chain for benchmarks. The same options give the same chain. `lastSetUpBlock` precedes the first post. */
export function largeChain(options: LargeChainOptions = {}) {
  const { events = 1000, categoryDepth = 3, eventsPerBlock = 10, seed = 1, ...chainOptions } = options
  const random = createRandom(seed)
  const chain = createChain(chainOptions)
  const members = range(options.members ?? 1000).map((n): Member => chain.memberJoins(`member-${n}`))
  const deepest = range(10).map((n) => {
    let category = chain.categoryCreated(`Category ${n}`)
    for (let depth = 2; depth <= categoryDepth; depth += 1)
      category = chain.categoryCreated(`Category ${n}, level ${depth}`, { parent: category })
    return category
  })
  const threads = range(options.threads ?? Math.ceil(events / 20)).map((n): Thread => {
    const category: Category = random.pick(deepest)
    return chain.threadCreated({
      by: random.pick(members),
      in: category,
      title: `Thread ${n}`,
      text: 'The first post.',
    })
  })
  const lastSetUpBlock = chain.commitBlock()

  for (let n = 0; n < events; n += 1) {
    const thread = threads[n % threads.length]
    if (!thread) throw new Error('Posts need a thread')
    const text = random.chance(0.1) ? `Number ${n}: what do you say, ${mention(random.pick(members))}?` : `Number ${n}.`
    const repliesTo = random.chance(0.2) ? thread.initialPost : undefined
    chain.postAdded({ by: random.pick(members), in: thread, text, repliesTo })
    if ((n + 1) % eventsPerBlock === 0) chain.commitBlock()
  }
  chain.emptyBlocks(0)
  return { chain, members, threads, categories: deepest, lastSetUpBlock }
}

const range = (length: number): number[] => Array.from({ length }, (_, n) => n)

/** A pseudo-random generator. The same seed gives the same numbers. */
export type Random = {
  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number
  /** Throws if the list is empty. */
  pick<T>(list: readonly T[]): T
  /** True with this probability, from 0 to 1. */
  chance(probability: number): boolean
}

export function createRandom(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1
  const fraction = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (Math.imul(state, 0x85ebca6b) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(fraction() * limit)
  return {
    below,
    chance: (probability) => fraction() < probability,
    pick<T>(list: readonly T[]): T {
      const picked = list[below(list.length)]
      if (picked === undefined) throw new Error('Cannot pick from an empty list')
      return picked
    },
  }
}

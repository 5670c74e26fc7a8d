/** A source of numbers that look random and are the same for the same seed. */
export type Random = {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number
  /** One of a list. Throws if the list is empty. */
  pick<T>(list: readonly T[]): T
  /** True in `share` of the cases, from 0 to 1. */
  chance(share: number): boolean
}

/** Makes such a source, by shifts and exclusive ors. */
export function randomOf(seed: number): Random {
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
    chance: (share) => fraction() < share,
    pick<T>(list: readonly T[]): T {
      const picked = list[below(list.length)]
      if (picked === undefined) throw new Error('There is nothing to pick from')
      return picked
    },
  }
}

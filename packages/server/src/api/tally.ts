/** Counts what is open by its owner, and forgets owners who have nothing open. */
export function createTally<Owner>() {
  const counts = new Map<Owner, number>()
  return {
    of: (owner: Owner): number => counts.get(owner) ?? 0,
    add: (owner: Owner, number = 1): void => void counts.set(owner, (counts.get(owner) ?? 0) + number),
    remove(owner: Owner, number = 1): void {
      const left = (counts.get(owner) ?? 0) - number
      if (left > 0) counts.set(owner, left)
      else counts.delete(owner)
    },
  }
}

/** Counts what is open by its owner, and forgets owners who have nothing open. */
export function createTally<Owner>() {
  const counts = new Map<Owner, number>()
  return {
    of: (owner: Owner): number => counts.get(owner) ?? 0,
    add: (owner: Owner): void => void counts.set(owner, (counts.get(owner) ?? 0) + 1),
    remove(owner: Owner): void {
      const left = (counts.get(owner) ?? 0) - 1
      if (left > 0) counts.set(owner, left)
      else counts.delete(owner)
    },
  }
}

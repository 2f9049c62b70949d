/** Numbers without a rule, the same in every run. */
export interface Random {
  /** A whole number from 0, less than the limit. */
  readonly below: (limit: number) => number
  readonly member: <Item>(list: readonly Item[]) => Item
  /** So many members of a list, each at most once. */
  readonly members: <Item>(list: readonly Item[], count: number) => readonly Item[]
}

/** @param seed Another one gives other numbers (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit)
  }
  const member = <Item>(list: readonly Item[]): Item => {
    if (list.length === 0) throw new RangeError('an empty list has no members')
    // The place lies within the list.
    return list[below(list.length)] as Item
  }
  return {
    below,
    member,
    members: (list, count) => {
      const chosen = new Set<(typeof list)[number]>()
      while (chosen.size < Math.min(count, list.length)) chosen.add(member(list))
      return [...chosen]
    },
  }
}

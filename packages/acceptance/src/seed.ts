import { randomInt } from 'node:crypto'

/** Random numbers that come again for the same seed. */
export interface Random {
  readonly seed: number
  /** A whole number from 0 up to, and without, a limit. */
  below(limit: number): number
  pick<Item>(items: readonly Item[]): Item
}

/**
 * Random numbers of the seed in the environment variable `CARDEA_TEST_SEED`, or of a new one. A test that fails says
 * which it was.
 *
 * @see https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32
 */
export function seededRandom(seed = Number(process.env['CARDEA_TEST_SEED'] ?? randomInt(2 ** 32))): Random {
  let state = seed >>> 0
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
  return {
    seed,
    below,
    pick: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
  }
}

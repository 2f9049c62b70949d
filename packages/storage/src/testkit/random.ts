/** A seeded source of choices: the same seed makes the same tests. */
export interface Random {
  /** A whole number from 0 up, below `end`. */
  below(end: number): number
  pick<Value>(values: readonly [Value, ...Value[]]): Value
  /** True once in `of` times. */
  oneIn(of: number): boolean
}

/**
 * Creates a source of choices.
 *
 * @param seed By default the environment variable `CARDEA_TEST_SEED`, or 1.
 */
export function createRandom(seed = Number(process.env['CARDEA_TEST_SEED'] ?? 1)): Random {
  // mulberry32, a 32-bit generator that is good enough to vary tests with.
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number): number => Math.floor(next() * end)
  return {
    below,
    pick: (values) => values[below(values.length)] ?? values[0],
    oneIn: (of) => below(of) === 0,
  }
}

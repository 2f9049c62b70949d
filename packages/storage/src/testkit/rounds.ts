/** How often a test repeats itself, by how long a run may take. */
export interface Rounds {
  /** While developing. */
  readonly test: number
  /** Before a merge. */
  readonly ci: number
  /** In runs of their own. */
  readonly long: number
}

/** The first of some cases where there is little time, and all of them before a merge and in runs of their own. */
export const firstWhereQuick = <Item>(items: readonly Item[], count = 1): readonly Item[] =>
  items.slice(0, rounds({ test: count, ci: items.length, long: items.length }))

/** Whether there is little time: for what waits, or starts many processes, to be left to the longer runs. */
export const isQuick = (): boolean => rounds({ test: 1, ci: 0, long: 0 }) === 1

/**
 * Picks the number of rounds by the environment variable `CARDEA_TEST_TIER`: unset, `ci` or `long`.
 *
 * @throws Error for any other tier, so that a typing error does not pass for a long run.
 */
export function rounds(by: Rounds): number {
  const tier = process.env['CARDEA_TEST_TIER'] ?? 'test'
  if (tier === 'test' || tier === 'ci' || tier === 'long') return by[tier]
  if (tier === '') return by.test
  throw new Error('CARDEA_TEST_TIER must be ci or long, or not be set')
}

/** What a handful of rounds say: the middle, and how far they lie apart. */
export interface Summary {
  readonly median: number
  readonly lowest: number
  readonly highest: number
  readonly rounds: number
}

/** @throws RangeError without a value: a part that measured nothing must not look like one that did. */
export function summarize(values: readonly number[]): Summary {
  const sorted = ascending(values)
  return {
    median: median(values),
    // `ascending` has refused an empty list.
    lowest: sorted[0] as number,
    highest: sorted.at(-1) as number,
    rounds: sorted.length,
  }
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values)
  const upper = Math.floor(sorted.length / 2)
  // Both places lie within a list that is not empty.
  const high = sorted[upper] as number
  return sorted.length % 2 === 1 ? high : ((sorted[upper - 1] as number) + high) / 2
}

/**
 * The value that a share of all values does not exceed, by the nearest rank: always one that was measured.
 *
 * @param share From 0 to 1, such as 0.99.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = ascending(values)
  if (!(share >= 0 && share <= 1)) throw new RangeError('a share lies between 0 and 1')
  // The rank lies between 1 and the number of values.
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] as number
}

/**
 * Divides round by round, so that whatever slowed the machine down during a round slowed both sides.
 *
 * @throws RangeError for lists of different lengths.
 */
export function ratios(numerators: readonly number[], denominators: readonly number[]): readonly number[] {
  if (numerators.length !== denominators.length) throw new RangeError('rounds have two sides each')
  // The lists are of one length.
  return numerators.map((numerator, round) => numerator / (denominators[round] as number))
}

function ascending(values: readonly number[]): readonly number[] {
  if (values.length === 0) throw new RangeError('nothing was measured')
  if (!values.every(Number.isFinite)) throw new RangeError('what was measured is no number')
  return [...values].sort((a, b) => a - b)
}

import type { KeyRow } from './key-pair.js'
import type { PairAlgorithm } from './signing-options.js'

/** A node looks for changes in the background after a minute, and acts on nothing older than five where it can look. */
export const refreshAfterMilliseconds = 60_000
export const tooOldAfterMilliseconds = 300_000

/** How far the clocks of two nodes may be apart. */
const skewMilliseconds = 60_000

/** When the last token of a key is over whose successor signs from `successorAt` on. */
export const retirementAfter = (successorAt: number, accessMilliseconds: number): number =>
  successorAt + accessMilliseconds + tooOldAfterMilliseconds + skewMilliseconds

export const isRetired = ({ retire_at: at }: KeyRow, now: number): boolean => at !== null && at <= now

/** The key that signs now: of those that go on, the one that began last. One that has a successor only fills in. */
export function signingAt(rows: Iterable<KeyRow>, algorithm: PairAlgorithm, now: number): KeyRow | undefined {
  const able = [...rows].filter((row) => row.algorithm === algorithm && row.not_before <= now && !isRetired(row, now))
  return able.sort(
    (left, right) =>
      Number(left.retire_at !== null) - Number(right.retire_at !== null) ||
      right.not_before - left.not_before ||
      (left.id < right.id ? 1 : -1),
  )[0]
}

/** Whether a key that is to sign later never will: it is over by then, or its successor signs no later than it would have. */
export const isPassedOver = (
  { algorithm, not_before: from, retire_at: at }: KeyRow,
  rows: readonly KeyRow[],
): boolean =>
  at !== null &&
  (at <= from || rows.some((row) => row.algorithm === algorithm && row.retire_at === null && row.not_before <= from))

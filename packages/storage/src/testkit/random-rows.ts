import type { NewRowOf } from '../schema/table.js'
import type { Random } from './random.js'
import type { kinds } from './tables.js'

/** Texts that meet each other in comparisons: equal but for case, accent, width, a wildcard, a space at the end. */
export const pooledTexts = [
  'a',
  'A',
  'ab',
  'aB',
  'a%',
  'a_b',
  'a b',
  'a ',
  '%',
  '_',
  '\\',
  "'",
  '',
  '\u00e9',
  'e\u0301',
  '\uffff',
  '\u{1f600}',
  'null',
  '0',
] as const
export const pooledIntegers = [0, 1, -1, 2, 10, 9, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER] as const
export const pooledDoubles = [0, 0.1, -0.1, 1.5, 1e300, -1e300] as const
/** Far from now on both sides, so that comparing with the clock does not depend on how fast a test runs. */
export const pooledInstants = [0, 1_000, 4_000_000_000_000, 5_000_000_000_000] as const

/** A row of random values out of small pools, with nulls wherever they may be. */
export function randomRow(random: Random, id: string): NewRowOf<typeof kinds> {
  const orNull = <Value>(value: Value): Value | null => (random.oneIn(4) ? null : value)
  return {
    id,
    label: random.pick(pooledTexts),
    note: orNull(random.pick(pooledTexts)),
    body: orNull(random.pick(pooledTexts)),
    amount: random.pick(pooledIntegers),
    at: orNull(random.pick(pooledInstants)),
    ratio: orNull(random.pick(pooledDoubles)),
    flag: random.oneIn(2),
    maybe: orNull(random.oneIn(2)),
    data: orNull(random.pick<unknown>([{ a: 1 }, 'text', 0])),
    counter: random.below(3),
  }
}

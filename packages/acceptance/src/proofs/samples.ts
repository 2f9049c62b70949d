/** The middle of samples. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2
}

/**
 * How likely two sets of samples are to differ as much where they come from one source: the two-sided test of Mann and
 * Whitney, by its normal approximation with ties, which is good from some twenty samples on.
 *
 * @see https://doi.org/10.1214/aoms/1177730491
 */
export function likelyAlike(one: readonly number[], other: readonly number[]): number {
  const all = [...one.map((value) => ({ value, mine: true })), ...other.map((value) => ({ value, mine: false }))]
  all.sort((a, b) => a.value - b.value)
  const count = all.length
  let rankSum = 0
  let ties = 0
  for (let start = 0; start < count; ) {
    let end = start
    while (end < count && all[end]?.value === all[start]?.value) end += 1
    const size = end - start
    const rank = (start + 1 + end) / 2
    rankSum += rank * all.slice(start, end).filter(({ mine }) => mine).length
    ties += size ** 3 - size
    start = end
  }
  const u = rankSum - (one.length * (one.length + 1)) / 2
  const mean = (one.length * other.length) / 2
  const variance = ((one.length * other.length) / 12) * (count + 1 - ties / (count * (count - 1)))
  if (variance === 0) return 1
  return 2 * (1 - normal(Math.abs(u - mean) / Math.sqrt(variance)))
}

/** The distribution function of the normal distribution, to seven digits. @see Abramowitz and Stegun, 26.2.17 */
function normal(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * z)
  const tail = [0.319_381_53, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429]
  const sum = tail.reduce((total, factor, index) => total + factor * t ** (index + 1), 0)
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum
}

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds, or a number with its unit: `500ms`, `30s`, `10m`, `2h`, `7d`. */
export type Duration = number | `${number}${keyof typeof units}`

/** @throws TypeError for what is none, or goes back. */
export function millisecondsOf(duration: Duration): number {
  const milliseconds = typeof duration === 'number' ? duration : parse(duration)
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return Math.round(milliseconds)
  throw new TypeError(`not a duration: ${duration}. Take milliseconds, or a text such as '10m' (ms, s, m, h, d)`)
}

function parse(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? []
  // The pattern lets units of the table through alone.
  return count === undefined ? Number.NaN : Number(count) * units[unit as keyof typeof units]
}

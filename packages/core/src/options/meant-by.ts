/** Asks whether one of the known names was meant; undefined where none is near. */
export function meantBy(name: string, known: readonly string[]): string | undefined {
  const [nearest = ''] = known.toSorted((one, other) => distance(name, one) - distance(name, other))
  return distance(name, nearest) <= Math.max(2, name.length / 3) ? `did you mean "${nearest}"?` : undefined
}

/** How many letters have to change to make one text of the other (Levenshtein), whatever their case. */
function distance(one: string, other: string): number {
  const [from, to] = [one.slice(0, 80).toLowerCase(), other.toLowerCase()]
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

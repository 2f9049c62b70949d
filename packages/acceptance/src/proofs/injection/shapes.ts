/**
 * What a statement is but for how many values it takes: places for values are alike, and so are lists of them, and several rows of an
 * insert. How many rows are wanted, and from which on, is a whole number that stands in it.
 */
export function shapeOf(sql: string): string {
  return sql
    .replaceAll(/\$\d+/g, '?')
    .replaceAll(/\?(?:::\w+)?/g, '?')
    .replaceAll(/\(\s*\?(?:\s*,\s*\?)*\s*\)/g, '(?)')
    .replaceAll(/\b(limit|offset) \d+\b/g, '$1 0')
    .replaceAll(/\(\?\)(?:\s*,\s*\(\?\))+/g, '(?)')
}

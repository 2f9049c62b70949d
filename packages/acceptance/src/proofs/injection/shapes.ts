/**
 * What a statement is but for how many values it takes: places for values are alike, and so are lists of them, and several rows of an
 * insert.
 */
export function shapeOf(sql: string): string {
  return sql
    .replaceAll(/\$\d+/g, '?')
    .replaceAll(/\?(?:::\w+)?/g, '?')
    .replaceAll(/\(\s*\?(?:\s*,\s*\?)*\s*\)/g, '(?)')
    .replaceAll(/\(\?\)(?:\s*,\s*\(\?\))+/g, '(?)')
}

import { type Issues, issue } from '../refusal.js'

const texts = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/gsu

/**
 * Looks for names that are in one object twice, of which a parser would take the last, and for `__proto__`.
 *
 * @param text JSON that was parsed without an error.
 */
export function findForbiddenKey(text: string): Issues | undefined {
  const open: Set<string>[] = []
  for (const [token, colon] of text.matchAll(texts)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (colon !== undefined) {
      const name: unknown = JSON.parse(token.slice(0, token.lastIndexOf('"') + 1))
      const names = open.at(-1)
      if (typeof name !== 'string' || names === undefined) continue
      if (name === '__proto__') return issue('', 'invalid_value', 'must have no member __proto__')
      if (names.has(name)) return issue('', 'duplicate', 'must name each member once')
      names.add(name)
    }
  }
  return undefined
}

import { coversPattern, parsePattern } from '../catalogue/permission-label.js'
import { hasBit, type RoleSet } from './role-set.js'

/** How many lists of scopes are kept as bits; then all are dropped. */
const maximumScopeLists = 1_000

/** Builds what turns scopes into the permissions of a policy that they name, one bit per permission number. */
export function createScopeBits(labels: readonly string[]): (scopes: readonly string[]) => Int32Array {
  const known = new Map<string, Int32Array>()
  return (scopes) => {
    // As JSON, so that no two different lists make the same text, whatever stands in them.
    const key = JSON.stringify(scopes)
    let bits = known.get(key)
    if (bits === undefined) {
      if (known.size >= maximumScopeLists) known.clear()
      bits = compileScopes(labels, scopes)
      known.set(key, bits)
    }
    return bits
  }
}

/**
 * What a set of roles gives, less all that is outside of scopes.
 *
 * A bypass becomes the whole catalogue within the scopes: it belongs to the role, never to what was derived from it.
 */
export function restrictRoleSet({ held, conditional }: RoleSet, scopes: Int32Array): RoleSet {
  const left = [...(conditional ?? [])].filter(([number]) => hasBit(scopes, number))
  return {
    bypass: false,
    held: held.map((word, index) => word & (scopes[index] ?? 0)),
    conditional: left.length === 0 ? undefined : new Map(left),
  }
}

function compileScopes(labels: readonly string[], scopes: readonly string[]): Int32Array {
  const bits = new Int32Array(Math.ceil(labels.length / 32))
  const patterns = scopes.flatMap((scope) => parsePattern(scope) ?? [])
  for (const [number, label] of labels.entries()) {
    const permission = parsePattern(label)
    if (permission === undefined || !patterns.some((pattern) => coversPattern(pattern, permission))) continue
    bits[number >>> 5] = (bits[number >>> 5] ?? 0) | (1 << (number & 31))
  }
  return bits
}

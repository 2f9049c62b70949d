import { type AnyCollection, permissionsInRules } from '@cardea/collections'

/** More permissions than any app has, and places enough to find one by: so that telling with every request fills no memory. */
const mostPermissions = 20_000
export const mostPlaces = 20

/** Where each permission is needed. */
type Places = ReadonlyMap<string, ReadonlySet<string>>

/** What routes, guards, code of the app and rules of records need. */
export interface Needs {
  /** What routes, guards and code have said that they need. */
  readonly places: Places
  /** What rules of the collections need that are in memory. */
  readonly rules: Places
  add(permissions: readonly string[], where: string): void
  /** Takes the rules of these collections for all that there are. */
  setRules(collections: readonly AnyCollection[]): void
  /** Has something done when a permission may be needed that was not before. */
  onAdded(listener: () => void): void
}

export function createNeeds(): Needs {
  const places = new Map<string, Set<string>>()
  let rules = new Map<string, Set<string>>()
  let listener: (() => void) | undefined
  return {
    places,
    get rules() {
      return rules
    },
    add(permissions, where) {
      const before = places.size
      for (const permission of permissions) put(places, permission, where)
      if (places.size > before) listener?.()
    },
    setRules(collections) {
      rules = new Map()
      for (const collection of collections) {
        for (const { operation, permission } of permissionsInRules(collection)) {
          put(rules, permission, `rules.${operation} of ${collection.name}`)
        }
      }
      if (rules.size > 0) listener?.()
    },
    onAdded(added) {
      listener = added
    },
  }
}

function put(places: Map<string, Set<string>>, permission: string, where: string): void {
  const known = places.get(permission)
  if (known === undefined && places.size < mostPermissions) places.set(permission, new Set([where]))
  if (known !== undefined && known.size < mostPlaces) known.add(where)
}

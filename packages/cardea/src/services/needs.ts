/** More permissions than any app has, and places enough to find one by: so that telling with every request fills no memory. */
const mostPermissions = 20_000
const mostPlaces = 20

/** What routes, guards and code of the app have said that they need. */
export interface Needs {
  /** Where each permission is needed. */
  readonly places: ReadonlyMap<string, ReadonlySet<string>>
  add(permissions: readonly string[], where: string): void
  /** Has something done when a permission is needed that was not before. */
  onAdded(listener: () => void): void
}

export function createNeeds(): Needs {
  const places = new Map<string, Set<string>>()
  let listener: (() => void) | undefined
  return {
    places,
    add(permissions, where) {
      const before = places.size
      for (const permission of permissions) {
        const known = places.get(permission)
        if (known === undefined && places.size < mostPermissions) places.set(permission, new Set([where]))
        if (known !== undefined && known.size < mostPlaces) known.add(where)
      }
      if (places.size > before) listener?.()
    },
    onAdded(added) {
      listener = added
    },
  }
}

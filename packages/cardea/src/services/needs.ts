/** More permissions or collections than any app has, and places enough to find one by: so that telling with every request fills no memory. */
const mostNames = 20_000
const mostPlaces = 20

/** What routes, guards and code of the app have said that they need. */
export interface Needs {
  /** Where each permission is needed. */
  readonly places: ReadonlyMap<string, ReadonlySet<string>>
  /** Where guards take the principals of each collection. */
  readonly collections: ReadonlyMap<string, ReadonlySet<string>>
  /** Whether routes that are yet to load may say more. */
  readonly isMoreToCome: boolean
  add(permissions: readonly string[] | 'later', where: string, collections?: readonly string[]): void
  /** Has something done when a permission or a collection is needed that was not before. */
  onAdded(listener: () => void): void
}

export function createNeeds(): Needs {
  const places = new Map<string, Set<string>>()
  const collections = new Map<string, Set<string>>()
  let isMoreToCome = false
  let listener: (() => void) | undefined
  const note = (kept: Map<string, Set<string>>, names: readonly string[], where: string): boolean => {
    const before = kept.size
    for (const name of names) {
      const known = kept.get(name)
      if (known === undefined && kept.size < mostNames) kept.set(name, new Set([where]))
      if (known !== undefined && known.size < mostPlaces) known.add(where)
    }
    return kept.size > before
  }
  return {
    places,
    collections,
    get isMoreToCome() {
      return isMoreToCome
    },
    add(permissions, where, asked = []) {
      if (permissions === 'later') isMoreToCome = true
      const isNew = permissions !== 'later' && note(places, permissions, where)
      if (note(collections, asked, where) || isNew) listener?.()
    },
    onAdded(added) {
      listener = added
    },
  }
}

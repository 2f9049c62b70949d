import type { Catalogue, PermissionEntry } from '@cardea/permissions'

/** Entries are kept as they are when catalogues are joined, so they are known again in the app's own. */
const entriesOfPresets = new WeakSet<PermissionEntry>()

/** Marks permissions that come with a preset: the app has not thought of each, and need not have a use for all. */
export function asPreset<C extends Catalogue>(catalogue: C): C {
  for (const entry of catalogue.entries) entriesOfPresets.add(entry)
  return catalogue
}

/** Whether a permission came with a preset. */
export const isOfPreset = (entry: PermissionEntry): boolean => entriesOfPresets.has(entry)

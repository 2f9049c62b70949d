import type { AnyCollection } from '@cardea/collections'
import type { Services } from '../services/services.js'

/**
 * Values that waited since they were checked, such as those of an invitation, by the names that their fields have now.
 */
export function byPresentNames<Values extends Readonly<Record<string, unknown>>>(
  { collections }: Pick<Services, 'collections'>,
  { name, fields }: AnyCollection,
  values: Values,
): Values {
  const formerNames = Object.entries(collections.current.infos.get(name)?.formerNames ?? {})
  const presentName = (field: string): string =>
    Object.hasOwn(fields, field) ? field : (formerNames.find(([, former]) => former.includes(field))?.[0] ?? field)
  const present = Object.entries(values).map(([field, value]) => [presentName(field), value] as const)
  // The same values by other names, none of which their type says.
  return Object.fromEntries(present) as Values
}

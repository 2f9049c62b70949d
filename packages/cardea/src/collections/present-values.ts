import { type AnyCollection, type NewValues, parseNew, parsePatch } from '@cardea/collections'
import { invalidInput } from '../accounts/invalid-input.js'
import type { Services } from '../services/services.js'

type Values = Readonly<Record<string, unknown>>

/**
 * Values that were checked as input and have waited since, such as those of an invitation: by the names that their fields have
 * now, without those that nobody could give by now. A field that is gone, or the app's alone, is not given what it was sent before.
 */
export function presentInput(services: Services, collection: AnyCollection, values: Values): Values {
  const named = byPresentNames(services, collection, values)
  return Object.fromEntries(named.filter(([name, value]) => parsePatch(collection, { [name]: value }).valid))
}

/**
 * The same for values as columns hold them, such as those of a registration. Where one is left out, the field has what it has
 * where nobody says anything, which may be no value that it takes.
 *
 * @throws CardeaError `invalid_request`.
 */
export function presentValues(services: Services, collection: AnyCollection, values: Values): NewValues {
  const named = byPresentNames(services, collection, values)
  // What was once left out is what the field says by now.
  const shown: Values = services.records.present(collection, Object.fromEntries(named))
  const input = named.filter(([name]) => collection.fields[name]?.readonly !== true && Object.hasOwn(shown, name))
  const parsed = parseNew(collection, Object.fromEntries(input.map(([name]) => [name, shown[name]])))
  if (!parsed.valid) throw invalidInput(parsed.issues)
  return parsed.values
}

function byPresentNames({ collections }: Services, { name, fields }: AnyCollection, values: Values) {
  const formerNames = Object.entries(collections.current.infos.get(name)?.formerNames ?? {})
  const presentName = (field: string): string =>
    Object.hasOwn(fields, field) ? field : (formerNames.find(([, former]) => former.includes(field))?.[0] ?? field)
  return Object.entries(values)
    .map(([field, value]) => [presentName(field), value] as const)
    .filter(([field]) => Object.hasOwn(fields, field))
}

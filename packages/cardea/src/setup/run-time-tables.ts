import type { Table } from '@cardea/storage'
import type { Services } from '../services/services.js'

/** The tables of collections that code does not define. */
export function tablesDefinedAtRunTime({ infos, registry }: Services['collections']['current']): readonly Table[] {
  const stored = new Set(
    [...infos.values()].filter(({ system }) => !system).map(({ collection }) => registry.table(collection)),
  )
  return registry.tables().filter((table) => stored.has(table))
}

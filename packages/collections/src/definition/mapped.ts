import type { AnyCollection } from './collection.js'
import type { CollectionMapping } from './mapping.js'

/** A collection over a table that the app has made. */
export type Mapped<C extends AnyCollection = AnyCollection> = C & {
  readonly mapping: CollectionMapping
  readonly table: string
}

/** Whether the records of a collection are in a table that the app has made, under ids of its own. */
export const isMapped = <C extends AnyCollection>(collection: C): collection is Mapped<C> =>
  collection.mapping !== undefined

/** Whether the table of a collection says something of its records; that of a collection that is not mapped says all. */
export const hasColumn = ({ mapping }: AnyCollection, member: string): boolean =>
  mapping === undefined || Object.hasOwn(mapping.columns, member)

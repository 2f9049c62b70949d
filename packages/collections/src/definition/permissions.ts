import { type Catalogue, definePermissions } from '@cardea/permissions/declare'
import type { AnyCollection } from './collection.js'

const recordOperations = ['read', 'create', 'update', 'delete'] as const

/** What can be permitted on the records of a collection. */
export type RecordOperation = (typeof recordOperations)[number]

/** The permissions that are declared with a collection, such as `customers:read`. */
export function permissionsOf<Name extends string>(
  collection: AnyCollection & { readonly name: Name },
): Catalogue<`${Name}:${RecordOperation}`> {
  const catalogue: Catalogue = definePermissions({ [collection.name]: recordOperations })
  // A computed name is typed as any string; it is this one.
  return catalogue as Catalogue<`${Name}:${RecordOperation}`>
}

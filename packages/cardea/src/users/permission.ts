import type { AuthCollection, RecordOperation } from '@cardea/collections'

/** What administration of a collection asks for: `users:update`, `customers:update`. */
export const permissionOn = ({ name }: AuthCollection, operation: RecordOperation): string => `${name}:${operation}`

/** What vouching for somebody's address asks for. */
export const vouching = 'users:admin'

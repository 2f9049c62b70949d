import type { CollectionRow } from '@cardea/collections'

/** Whose record it is: in a table of the app's, the record's id is another one. */
export const principalIdOf = (record: CollectionRow): string => String(record['principal_id'] ?? record['id'])

import type { AnyCollection } from '../definition/collection.js'
import { isIdOf } from './value-schema.js'

/**
 * Whether a text can be the id of a record: a UUID, or of a table that the app has made what its ids are. An integer has one
 * spelling, so that no record is reached as `01` or `+1` too.
 */
export const isRecordId = ({ mapping }: AnyCollection, text: string): boolean => isIdOf(mapping?.id ?? 'managed', text)

import type { JsonContent } from '../field/json.js'

/** A value as its column holds it. */
export type ColumnValue = JsonContent | null

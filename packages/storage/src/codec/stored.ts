/** A value as it is bound or kept: a checked column value, with `json` already written as text. */
export type StoredValue = string | number | boolean | null

/** A checked row: every column of its table, in the table's order. */
export type StoredRow = Readonly<Record<string, StoredValue>>

/** What a list can be sorted and filtered by. */
export type ListValue = string | number | boolean | null

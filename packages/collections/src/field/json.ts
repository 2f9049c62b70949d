/** A JSON value that is not null: null in a column means "not set". */
export type JsonContent = string | number | boolean | readonly JsonValue[] | JsonObject

/** Any JSON value. */
export type JsonValue = JsonContent | null

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue
}

import type { OperationOf, ResourceOf } from './permission-label.js'

/** The type of a resource's objects, without any value: what {@link row} makes. */
export interface RowType<Row extends object = object> {
  /** Never there: it carries the type alone. */
  readonly rowType?: Row
}

/** Says what the objects of a resource look like: `{ rows: { content: row<Post>() } }`. Checked by the compiler alone. */
export const row = <Row extends object>(): RowType<Row> => Object.freeze({})

/** No resource has a row type: any object may be asked about. */
export type NoRows = Readonly<Record<never, never>>

/** Row types by resource, as {@link row} makes them. */
export type RowTypes<Rows> = {
  readonly [Resource in keyof Rows]: Rows[Resource] extends object ? RowType<Rows[Resource]> : never
}

/** What is asked about with a permission: a row of its resource, or any object where that has no row type. */
export type ObjectOf<Rows, P extends string> = P extends `${infer Resource}:${string}`
  ? Rows extends { readonly [Name in Resource]: infer Row extends object }
    ? Row
    : object
  : object

/** The fields that can be asked about with a permission. */
export type FieldOf<Rows, P extends string> = P extends `${infer Resource}:${string}`
  ? Rows extends { readonly [Name in Resource]: infer Row extends object }
    ? keyof Row & string
    : string
  : string

/** Permissions by resource: one pass over all of them. A look at each for each resource would take the compiler seconds. */
export type ByResource<P extends string> = { readonly [Label in P as ResourceOf<Label>]: Label }

/** Wildcards and permissions of some resources. */
export type PatternOn<Grouped, Resource extends keyof Grouped> = (Grouped[Resource] | `${Resource & string}:*`) & string

/** Permissions of resources without a row type, and all wildcards that are not about one resource alone. */
export type PatternBeside<P extends string, Grouped, Rows> =
  | PatternOn<Grouped, Exclude<keyof Grouped, keyof Rows>>
  | '*'
  | `*:${OperationOf<P>}`

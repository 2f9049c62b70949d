import { CardeaError } from '@cardea/core'
import { type Expression, type Kysely, type SelectType, sql } from 'kysely'
import { dialectOf, type FilterDialect } from './dialect-of.js'

/**
 * What the rows of the app hold in a column, as it hands them to `can`:
 *
 * - `text`: strings, of `text`, `varchar` and the like, under any collation. Not `char(n)` of PostgreSQL, which pads, nor its
 *   enums, which an expression may cast.
 * - `uuid`: strings that are UUIDs in lower case, as PostgreSQL and MariaDB give those of their own type.
 * - `integer`: safe integers.
 * - `double`: numbers of double precision. Not those of single precision, nor decimals, which drivers give as text.
 * - `boolean`: true and false, which SQLite and MySQL keep as 1 and 0. Where rows hold these numbers, they are `integer`.
 * - `other`: anything else, such as dates, lists and JSON. Conditions know nothing of it but whether it is null.
 */
export type FilterColumnKind = 'text' | 'uuid' | 'integer' | 'double' | 'boolean' | 'other'

/** The kinds that fit what Kysely's table type says of a column. */
export type FilterKindOf<Value> = unknown extends Value
  ? FilterColumnKind
  : [NonNullable<Value>] extends [string]
    ? 'text' | 'uuid' | 'other'
    : [NonNullable<Value>] extends [number]
      ? 'integer' | 'double' | 'other'
      : [NonNullable<Value>] extends [boolean]
        ? 'boolean' | 'other'
        : 'other'

/** A column, or an expression, that a condition knows under another name. */
export type NamedFilterColumn<Row> =
  | {
      readonly [Name in keyof Row & string]: {
        readonly column: Name
        readonly type: FilterKindOf<SelectType<Row[Name]>>
      }
    }[keyof Row & string]
  | { readonly column: Expression<unknown>; readonly type: FilterColumnKind }

/** A table of the app, with the alias under which a query reads it, if it has one. */
export type FilterTable<Tables> = (keyof Tables & string) | `${keyof Tables & string} as ${string}`

/** The row type behind a table or its alias. */
export type FilterRow<Tables, Name> = Name extends keyof Tables
  ? Tables[Name]
  : Name extends `${infer Table extends keyof Tables & string} as ${string}`
    ? Tables[Table]
    : never

/** What each field of a condition is in the table; what `Row` has no column for needs to name one. */
export type FilterColumnsOf<Row, Fields> = {
  readonly [Field in keyof Fields]: Field extends keyof Row
    ? FilterKindOf<SelectType<Row[Field]>> | NamedFilterColumn<Row>
    : NamedFilterColumn<Row>
}

/** A column as predicates speak of it. */
export interface FilterColumn {
  readonly reference: Expression<unknown>
  readonly kind: FilterColumnKind
}

/** The columns that conditions on one table may speak of: what {@link filterColumns} makes. */
export interface FilterColumns {
  readonly dialect: FilterDialect
  readonly columns: ReadonlyMap<string, FilterColumn>
}

const kinds: ReadonlySet<unknown> = new Set<FilterColumnKind>(['text', 'uuid', 'integer', 'double', 'boolean', 'other'])

/**
 * Says once what the fields of conditions are in a table of the app.
 *
 * @example const posts = filterColumns(db, 'posts', { author_id: 'text', published: 'boolean' })
 * @param db The app's Kysely, or a transaction of it: it tells the tables by type, and the database.
 * @param table The table, or `posts as p` for queries that read it under an alias.
 * @param columns By the fields of conditions: the kind of the column of that name, or `{ column, type }`. Fields that are
 * not here cannot be asked for: {@link toExpression} throws.
 * @param options.dialect Needed where the Kysely's own dialect is none of those that come with Kysely, nor extends one.
 * @throws CardeaError `configuration_invalid` for a dialect that is not known and for a kind that does not exist.
 */
export function filterColumns<Tables, const Table extends FilterTable<Tables>, const Fields>(
  db: Kysely<Tables>,
  table: Table,
  columns: FilterColumnsOf<FilterRow<Tables, Table>, Fields>,
  options: { readonly dialect?: FilterDialect } = {},
): FilterColumns {
  const dialect = options.dialect ?? dialectOf(db)
  if (!dialects.has(dialect)) throw invalid('dialect', 'must be sqlite, postgres or mysql')
  const alias = /^.+ as (.+)$/i.exec(table)?.[1]?.trim() ?? table
  // The type above names each field; here they are looked at one by one, whatever they are called.
  const entries = Object.entries(columns as Readonly<Record<string, FilterColumnKind | NamedFilterColumn<unknown>>>)
  const known = entries.map(([field, given]): [string, FilterColumn] => {
    const { column, type } = typeof given === 'object' ? given : { column: field, type: given }
    if (!kinds.has(type)) throw invalid(`columns.${field}`, 'has a type that does not exist')
    return [field, { reference: typeof column === 'object' ? column : sql.ref(`${alias}.${column}`), kind: type }]
  })
  return Object.freeze({ dialect, columns: new Map(known) })
}

const dialects: ReadonlySet<unknown> = new Set<FilterDialect>(['sqlite', 'postgres', 'mysql'])

const invalid = (path: string, reason: string): CardeaError =>
  new CardeaError('configuration_invalid', `filterColumns: ${path} ${reason}`)

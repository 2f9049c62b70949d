import { CardeaError } from '@cardea/core'
import { type DialectAdapter, MysqlAdapter, PostgresAdapter, SqliteAdapter } from 'kysely'

/** The databases that a condition can be written for; `mysql` is MariaDB, too. */
export type FilterDialect = 'sqlite' | 'postgres' | 'mysql'

/** The part of a Kysely instance, or of a transaction, that tells the database. */
export interface DialectSource {
  getExecutor(): { readonly adapter: DialectAdapter }
}

const adapters: readonly (readonly [FilterDialect, abstract new () => DialectAdapter])[] = [
  ['sqlite', SqliteAdapter],
  ['postgres', PostgresAdapter],
  ['mysql', MysqlAdapter],
]

/**
 * The database behind an app's Kysely, by the adapter of its dialect, which dialects of others extend.
 *
 * What is not known is refused: a predicate in the SQL of another database could select other rows.
 *
 * @throws CardeaError `configuration_invalid`
 */
export function dialectOf(source: DialectSource): FilterDialect {
  const { adapter } = source.getExecutor()
  const found = adapters.find(([, type]) => adapter instanceof type || extendsByName(adapter, type.name))
  if (found !== undefined) return found[0]
  throw new CardeaError(
    'configuration_invalid',
    'filterColumns: the dialect of this Kysely is not known; say `dialect` if it speaks as SQLite, PostgreSQL or MySQL do',
  )
}

/** Whether an adapter comes from another copy of Kysely, where it has the same name. */
function extendsByName(adapter: object, name: string): boolean {
  for (let type: unknown = Object.getPrototypeOf(adapter); type !== null; type = Object.getPrototypeOf(type)) {
    // What a prototype chain holds are objects, each with the constructor that it was made for.
    if ((type as object).constructor.name === name) return true
  }
  return false
}

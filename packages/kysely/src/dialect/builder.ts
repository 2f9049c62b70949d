import { type DatabaseIntrospector, type DialectAdapter, DummyDriver, Kysely, type QueryCompiler } from 'kysely'

/** Tables are data here, so the query builder knows none of them by type. */
export interface AnyTables {
  readonly [table: string]: { readonly [column: string]: unknown }
}

export type Builder = Kysely<AnyTables>

/**
 * A Kysely that writes statements and cannot run any: how they run is the drivers' business.
 *
 * @param schema Qualifies every table, where the dialect has schemas.
 */
export function createBuilder(
  parts: {
    readonly adapter: () => DialectAdapter
    readonly compiler: () => QueryCompiler
    readonly introspector: (builder: Kysely<AnyTables>) => DatabaseIntrospector
  },
  schema?: string,
): Builder {
  const builder = new Kysely<AnyTables>({
    dialect: {
      createAdapter: parts.adapter,
      createDriver: () => new DummyDriver(),
      createIntrospector: parts.introspector,
      createQueryCompiler: parts.compiler,
    },
  })
  return schema === undefined ? builder : builder.withSchema(schema)
}

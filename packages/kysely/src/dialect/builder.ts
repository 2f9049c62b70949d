import {
  DefaultQueryExecutor,
  type DialectAdapter,
  type QueryCompiler,
  QueryCreator,
  type QueryExecutor,
  type QueryExecutorProvider,
  WithSchemaPlugin,
} from 'kysely'

/** Tables are data here, so the query builder knows none of them by type. */
export interface AnyTables {
  readonly [table: string]: { readonly [column: string]: unknown }
}

/**
 * The part of Kysely that writes statements: how they run is the drivers' business. The class that apps know would bring its
 * drivers, transactions and all builders of a schema along.
 */
export class Builder extends QueryCreator<AnyTables> implements QueryExecutorProvider {
  readonly #executor: QueryExecutor

  constructor(executor: QueryExecutor) {
    super({ executor })
    this.#executor = executor
  }

  getExecutor(): QueryExecutor {
    return this.#executor
  }
}

/** @param schema Qualifies every table, where the dialect has schemas. */
export function createBuilder(
  parts: { readonly adapter: DialectAdapter; readonly compiler: QueryCompiler },
  schema?: string,
): Builder {
  const executor = new DefaultQueryExecutor(parts.compiler, parts.adapter, { provideConnection: runNothing })
  return new Builder(schema === undefined ? executor : executor.withPlugin(new WithSchemaPlugin(schema)))
}

const runNothing = (): Promise<never> => Promise.reject(new TypeError('the builder only writes statements'))

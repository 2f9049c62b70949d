import { CardeaError } from '@cardea/core'
import { CompiledQuery } from 'kysely'
import type { SqlResult, SqlValue } from './sql-driver.js'

/** What Kysely answers to a statement. */
interface Answer {
  readonly rows: readonly unknown[]
  readonly numAffectedRows?: bigint
}

/** The part of a Kysely instance that is used here, whatever its tables are. */
export interface KyselyPort {
  readonly isTransaction: boolean
  withoutPlugins(): KyselyPort
  connection(): {
    execute<Result>(
      work: (connection: KyselyPort) => Promise<Result>,
      options?: { readonly signal?: AbortSignal },
    ): Promise<Result>
  }
  executeQuery(query: CompiledQuery<unknown>, options?: { readonly signal?: AbortSignal }): Promise<Answer>
}

/** Whether a value is a Kysely instance, or a transaction of one, from this or another copy of the package. */
export function isKysely(value: unknown): value is KyselyPort {
  if (typeof value !== 'object' || value === null) return false
  // Looked at member by member, each of which may be missing.
  const port = value as Partial<Record<keyof KyselyPort, unknown>>
  return (
    typeof port.executeQuery === 'function' &&
    typeof port.connection === 'function' &&
    typeof port.withoutPlugins === 'function' &&
    typeof port.isTransaction === 'boolean'
  )
}

/**
 * The app's Kysely instance.
 *
 * @throws CardeaError `configuration_invalid` for a transaction, which ends before the storage does.
 */
export function requireKyselyInstance(port: KyselyPort): KyselyPort {
  if (!port.isTransaction) return port
  throw new CardeaError(
    'configuration_invalid',
    'storage: a transaction is no source; hand in the Kysely instance and use join',
  )
}

/**
 * The app's open transaction.
 *
 * @throws CardeaError `configuration_invalid` for anything else, a Kysely instance outside a transaction included.
 */
export function requireKyselyTransaction(value: unknown): KyselyPort {
  if (isKysely(value) && value.isTransaction) return value
  throw new CardeaError(
    'configuration_invalid',
    'join: takes the transaction object that Kysely gives, got something else',
  )
}

/** A statement as Kysely runs it. */
export const rawQuery = (sql: string, values: readonly SqlValue[]): CompiledQuery<unknown> =>
  CompiledQuery.raw(sql, [...values])

/** Rows come as objects; every column has a name of its own, so their values stand in the order of the statement. */
export function toResult({ rows, numAffectedRows }: Answer): SqlResult {
  const lists = rows.map((row): unknown[] => Object.values(row as object))
  return { rows: lists, affected: numAffectedRows === undefined ? lists.length : Number(numAffectedRows) }
}

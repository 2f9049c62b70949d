import { CardeaError } from '@cardea/core'
import type { MaybePromise, SqlRow } from '../driver/sql-driver.js'

const settingsQuery =
  'select @@autocommit as c0, @@foreign_key_checks as c1, @@character_set_client as c2, @@character_set_results as c3, @@sql_mode as c4, /*M! @@tx_isolation */ /*!80000 @@transaction_isolation */ as c5'

/**
 * Refuses a connection of the app on which statements would mean something else.
 *
 * @param needs What the connection is for. `text`: values become part of the statement, so backslashes must escape.
 * `transaction`: the app began a transaction, in which reads must see what was committed since.
 * @throws CardeaError `configuration_invalid` that names the setting.
 */
export async function requireSettings(
  read: (sql: string) => MaybePromise<SqlRow | undefined>,
  needs: { readonly text?: boolean; readonly transaction?: boolean },
): Promise<void> {
  const row = (await read(settingsQuery)) ?? []
  const [autocommit, foreignKeys, client, results, mode, isolation] = row.map(String)
  if (autocommit !== '1' && needs.transaction !== true) throw refuse('autocommit', '1')
  if (foreignKeys !== '1') throw refuse('foreign_key_checks', '1')
  if (client !== 'utf8mb4' || results !== 'utf8mb4') throw refuse('the character set', 'utf8mb4')
  if (needs.text === true && mode?.includes('NO_BACKSLASH_ESCAPES') === true) {
    throw refuse('sql_mode', 'without NO_BACKSLASH_ESCAPES')
  }
  const level = ['READ-COMMITTED', 'SERIALIZABLE', ...(needs.transaction === true ? [] : ['REPEATABLE-READ'])]
  if (!level.includes(isolation ?? '')) {
    throw refuse('the isolation level', 'READ COMMITTED, by `set session transaction isolation level read committed`')
  }
}

const refuse = (setting: string, wanted: string): CardeaError =>
  new CardeaError('configuration_invalid', `mysql: on the connections of the app, ${setting} must be ${wanted}`)

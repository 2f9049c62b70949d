import { CardeaError, type Condition, isCardeaError } from '@cardea/core'
import type { CheckedConflict, StoredRow, Table } from '@cardea/storage'
import type { SqlRow } from '../driver/sql-driver.js'
import type { QueryContext } from '../query/context.js'
import { type CompiledWrite, compileFindByKey, compileInsert, compileUpdateByKey } from '../query/write.js'

/** A checked `onConflict`. */
export interface KeyConflict extends CheckedConflict {
  /** `primary`, or the name of a unique key. */
  readonly key: string
  readonly where: Condition | undefined
}

/** The statements for one row. */
interface Statements {
  readonly insert: CompiledWrite
  /** Changes the row that is there, where a conflict does that. */
  readonly update: CompiledWrite | undefined
  /** Answers whether the row that is there is one to change, 1 or 0. */
  readonly find: CompiledWrite
  /** Whether the condition may keep the row that is there as it is. */
  readonly conditional: boolean
  /** Whether the key holds null, so that nothing can be in conflict over it. */
  readonly free: boolean
}

interface Runner {
  write(statement: CompiledWrite): Promise<number>
  readOne(statement: CompiledWrite): Promise<SqlRow | undefined>
}

/** Each further try means that somebody deleted or made the row in between. */
const maximumTries = 10

export function createStatements(
  context: QueryContext,
  table: Table,
  row: StoredRow,
  { columns, do: action, where }: KeyConflict,
): Statements {
  const patch = action === 'nothing' ? undefined : action
  return {
    insert: compileInsert(context, table, [row], undefined),
    update: patch === undefined ? undefined : compileUpdateByKey(context, table, row, { columns, patch, where }),
    find: compileFindByKey(context, table, row, { columns, where }),
    conditional: where !== undefined,
    free: columns.some((name) => row[name] === null),
  }
}

/**
 * Inserts a row, or settles its conflict over one key, where no single statement does that: MySQL's own acts on whatever
 * key is violated.
 *
 * What is there is looked for first, so that the insert fails only when somebody else inserts at the same moment: a failed
 * insert keeps a shared lock on the row that was in its way, over which several transactions would wait for each other.
 * Each statement decides by itself, and what it finds changed in between makes the next round.
 *
 * @returns How many rows were written, 1 or 0.
 */
export async function insertByKey(statements: Statements, key: string, run: Runner): Promise<number> {
  const { insert, update, find, conditional, free } = statements
  if (free) return run.write(insert)
  for (let tries = 1; tries <= maximumTries; tries += 1) {
    if (update !== undefined && (await run.write(update)) > 0) return 1
    if (update === undefined || conditional) {
      const found = await run.readOne(find)
      if (found !== undefined) {
        if (update === undefined || Number(found[0]) === 0) return 0
        // It came, or came to meet the condition, after the update had looked.
        continue
      }
    }
    try {
      return await run.write(insert)
    } catch (error) {
      if (!isCardeaError(error, 'unique_violation')) throw error
      // A row with this key came in, or one with another key. The latter may be in conflict over this one as well.
      if (error.constraint?.key !== key && (await run.readOne(find)) === undefined) throw error
    }
  }
  throw new CardeaError('transaction_conflict', 'storage: a row came and went at every try')
}

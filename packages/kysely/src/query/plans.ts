import { sha256 } from '@cardea/core/crypto'
import type { Table } from '@cardea/storage'
import type { SqlText } from '../driver/sql-driver.js'
import type { QueryContext } from './context.js'
import { type AnyFindQuery, type CompiledRead, compileFind } from './select.js'

/** A read that was compiled for a query object, for as long as somebody keeps that object. */
export interface Plan extends CompiledRead {
  readonly table: Table
  text: SqlText
  runs: number
}

/** Compiles each query object once. */
export class Plans {
  readonly #context: QueryContext
  readonly #many = new WeakMap<object, Plan>()
  readonly #one = new WeakMap<object, Plan>()

  constructor(context: QueryContext) {
    this.#context = context
  }

  /** @throws TypeError for whatever the query has wrong. */
  many(table: Table, query: AnyFindQuery): Plan {
    const known = this.#many.get(query)
    return known?.table === table ? used(known) : this.#compile(this.#many, table, query, query)
  }

  /** The same for a read of one row. */
  one(table: Table, query: Omit<AnyFindQuery, 'limit'>): Plan {
    const known = this.#one.get(query)
    if (known?.table === table) return used(known)
    // Any row would do for a condition that was forgotten.
    if (query.where === undefined) throw new TypeError(`${table.name}: a read of one row needs a condition`)
    return this.#compile(this.#one, table, query, { ...query, limit: 1 })
  }

  #compile(plans: WeakMap<object, Plan>, table: Table, key: object, query: AnyFindQuery): Plan {
    const compiled = compileFind(this.#context, table, query)
    const plan: Plan = { ...compiled, table, text: { sql: compiled.sql }, runs: 1 }
    plans.set(key, plan)
    return plan
  }
}

/** Only a query that comes again is worth a place among the statements that a server keeps prepared. */
function used(plan: Plan): Plan {
  if (plan.runs === 1) plan.text = { sql: plan.sql, name: `cardea_${sha256(plan.sql)}` }
  plan.runs += 1
  return plan
}

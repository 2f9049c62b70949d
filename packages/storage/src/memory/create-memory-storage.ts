import { CardeaError, isCardeaError } from '@cardea/core'
import { type Clock, systemClock } from '@cardea/core/crypto'
import { checkRow } from '../codec/row.js'
import { checkMigrateOptions } from '../contract/check-migrate-options.js'
import type { MigrateOptions, MigrationReport } from '../contract/migration.js'
import type { StatementEvent } from '../contract/statement-event.js'
import type { Storage, StorageOperations } from '../contract/storage.js'
import type { Table } from '../schema/table.js'
import { Catalog, filled, type MigrationPlan } from './catalog.js'
import { requireUnique } from './constraints.js'
import { createEngine, type Engine } from './engine.js'
import { examineMemory } from './examine.js'
import { joinTransaction } from './join.js'
import { Layer } from './layer.js'
import { Operations, type Runner } from './operations.js'
import type { Shared } from './shared.js'
import { TransactionLevel } from './transaction-level.js'
import { Turns } from './turns.js'

export interface MemoryStorageOptions {
  /** Answers `databaseNow()`. Default: the machine's clock. */
  readonly clock?: Clock
  /** Hears of every verb that runs, as one statement each. */
  readonly log?: (event: StatementEvent) => void
}

/** How often a transaction is tried that meets conflicts; the memory makes none itself, but its work may report one. */
const maximumTries = 10

/**
 * Creates a storage that keeps its rows in memory, with every promise of the contract: keys, transactions, isolation.
 *
 * For tests, demonstrations and development; what it holds ends with the process.
 */
export function createMemoryStorage(options: MemoryStorageOptions = {}): Storage {
  const rows = new Layer()
  const turns = new Turns()
  const shared: Shared = {
    catalog: new Catalog(),
    clock: options.clock ?? systemClock,
    log: options.log ?? (() => {}),
    levels: new WeakMap(),
  }
  const committed = new CommittedRows(shared, rows, turns)
  const operations = new Operations(committed, shared.log)
  return {
    dialect: 'memory',
    insert: operations.insert.bind(operations),
    find: operations.find.bind(operations),
    findOne: operations.findOne.bind(operations),
    update: operations.update.bind(operations),
    consume: operations.consume.bind(operations),
    delete: operations.delete.bind(operations),
    count: operations.count.bind(operations),
    transaction: (work) => runTransaction(shared, rows, turns, work),
    join: (transaction) => joinTransaction(shared, transaction),
    migrate: async (tables, options) => migrate(shared, rows, turns, tables, checkMigrateOptions(options)),
    verify: async (tables) => shared.catalog.problems(tables),
    examine: async () => examineMemory(),
    ping: async () => {},
    close: async () => {},
  }
}

/** Runs verbs that stand alone: reads see what is committed, writes wait for their turn and are all or nothing. */
class CommittedRows implements Runner {
  readonly #shared: Shared
  readonly #rows: Layer
  readonly #turns: Turns

  constructor(shared: Shared, rows: Layer, turns: Turns) {
    this.#shared = shared
    this.#rows = rows
    this.#turns = turns
  }

  async read<Result>(work: (engine: Engine) => Result): Promise<Result> {
    return work(createEngine(this.#shared.catalog, this.#rows, this.#shared.clock))
  }

  async write<Result>(work: (engine: Engine) => Result): Promise<Result> {
    const release = await this.#turns.take()
    try {
      const layer = new Layer(this.#rows)
      const result = work(createEngine(this.#shared.catalog, layer, this.#shared.clock))
      layer.commit()
      return result
    } finally {
      release()
    }
  }
}

async function runTransaction<Result>(
  shared: Shared,
  rows: Layer,
  turns: Turns,
  work: (transaction: StorageOperations) => Promise<Result>,
): Promise<Result> {
  let conflict: unknown
  for (let tries = 0; tries < maximumTries; tries += 1) {
    const release = await turns.take()
    try {
      return await new TransactionLevel(shared, rows).run(work)
    } catch (error) {
      if (!isCardeaError(error, 'transaction_conflict')) throw error
      conflict = error
    } finally {
      release()
    }
  }
  throw new CardeaError('unavailable', 'storage: a transaction met conflicts at every try', { cause: conflict })
}

async function migrate(
  shared: Shared,
  rows: Layer,
  turns: Turns,
  tables: readonly Table[],
  options: MigrateOptions,
): Promise<MigrationReport> {
  const { dryRun = false, patienceMilliseconds } = options
  if (dryRun) return { steps: shared.catalog.plan(tables, options).steps, dryRun }
  const release = await turns.take(patienceMilliseconds)
  try {
    const plan = shared.catalog.plan(tables, options)
    const layer = rebuilt(shared, rows, plan)
    shared.catalog.adopt(plan)
    layer.commit()
    return { steps: plan.steps, dryRun }
  } finally {
    release()
  }
}

/** The rows as the plan's tables need them: new columns filled, dropped ones left out, new keys checked, new tables with their first rows. */
function rebuilt(shared: Shared, rows: Layer, plan: MigrationPlan): Layer {
  const layer = new Layer(rows)
  const engine = createEngine(shared.catalog, layer, shared.clock)
  for (const table of shared.catalog.all()) {
    const wider = plan.tables.get(table.name)
    if (wider === undefined || wider === table) continue
    const before = [...layer.rows(table.name)]
    for (const row of before) layer.remove(table, row)
    for (const row of before) {
      const complete = filled(wider, row)
      requireUnique(engine, wider, complete)
      layer.put(wider, complete)
    }
  }
  for (const table of plan.dropped) {
    const gone = [...layer.rows(table.name)]
    for (const row of gone) layer.remove(table, row)
  }
  for (const table of plan.created) for (const row of table.initialRows) layer.put(table, checkRow(table, row))
  return layer
}

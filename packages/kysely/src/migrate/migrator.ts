import { CardeaError, eq } from '@cardea/core'
import type { MigrateOptions, MigrationReport, MigrationStep, Table } from '@cardea/storage'
import { type FailureReader, toCardeaError } from '../dialect/failure.js'
import { Mutex } from '../driver/mutex.js'
import type { PinnedSession, SqlDriver, SqlSession } from '../driver/sql-driver.js'
import { SqlOperations } from '../storage/operations.js'
import type { StorageParts } from '../storage/parts.js'
import type { MigrationEnvironment } from './environment.js'
import { ledger } from './ledger.js'
import type { LiveTable } from './live.js'
import { withoutLost } from './lost.js'
import { requireMapped } from './mapped.js'
import { planTable, refuse, type Wanted } from './plan.js'
import { planReshape } from './reshape.js'
import { dropSteps } from './reshape-steps.js'
import type { SchemaDialect } from './schema-dialect.js'
import type { Step } from './single-steps.js'
import { applyChange, type Change, initialRowsOf, type TableSpec, toSpec } from './spec.js'
import { type MigrationState, readState } from './state.js'
import { toSteps } from './steps.js'

/** How long to wait for another migration to end, unless the caller says less. */
const longestPatience = 60_000

/** One migration: the change of one table. */
interface Migration {
  readonly number: number
  readonly name: string
  readonly table: string
  readonly change: Change
  readonly steps: readonly Step[]
  /** Whether an earlier run broke off in it, so that some of its steps may be done. */
  readonly resumed: boolean
}

/** What a migration may take away. */
type Aims = Pick<MigrateOptions, 'exact' | 'drop'>

export interface MigratorParts {
  readonly parts: StorageParts
  readonly driver: SqlDriver
  readonly environment: MigrationEnvironment
}

/** Creates, widens, reshapes and drops tables, once each, whoever else does the same at the same time and wherever it broke off before. */
export class Migrator {
  readonly #options: MigratorParts
  readonly #turns = new Mutex()

  constructor(options: MigratorParts) {
    this.#options = options
  }

  /** @throws CardeaError `configuration_invalid` for a difference that adding cannot make up for. */
  async migrate(tables: readonly Table[], options: MigrateOptions = {}): Promise<MigrationReport> {
    const { driver, environment } = this.#options
    const { dryRun = false, patienceMilliseconds: patience = longestPatience } = options
    const { parts } = this.#options
    const own = tables.filter(({ mapped }) => mapped !== true)
    const mapped = tables.filter((table) => table.mapped === true)
    // One connection is enough, however many ask at once.
    const release = await this.#turns.acquire(patience)
    try {
      return await driver.pinned(async (session) => {
        if (mapped.length > 0) await requireMapped(parts, await environment.open(session), session, mapped)
        if (dryRun) return this.#plan(session, own, options)
        return environment.locked(session, () => this.#run(session, own, { ...options, patience }), patience)
      }, patience)
    } finally {
      release()
    }
  }

  async #plan(session: PinnedSession, tables: readonly Table[], aims: Aims): Promise<MigrationReport> {
    const { parts, environment } = this.#options
    const dialect = await environment.open(session)
    const state = await readState(parts, dialect, session, [...tables, ...(aims.drop ?? [])])
    const migrations = await planMigrations(parts, dialect, session, state, tables, aims)
    const steps = [...(await this.#firstSteps(session, dialect, state, migrations))]
    const changed = new Set<string>()
    for (const migration of migrations) {
      const { table } = migration
      const live = (await dialect.inspect(session, [table])).get(table)
      // What an earlier migration of this plan would make is not there to be looked at.
      steps.push(...toReport(changed.has(table) ? migration : { ...migration, steps: stepsToDo(migration, live) }))
      changed.add(table)
    }
    return { steps, dryRun: true }
  }

  async #run(
    session: PinnedSession,
    tables: readonly Table[],
    { patience: patienceMilliseconds, ...aims }: Aims & { readonly patience: number },
  ): Promise<MigrationReport> {
    const { parts, environment } = this.#options
    const dialect = await environment.open(session)
    const state = await readState(parts, dialect, session, [...tables, ...(aims.drop ?? [])])
    const migrations = await planMigrations(parts, dialect, session, state, tables, aims)
    const steps: MigrationStep[] = [...(await this.#firstSteps(session, dialect, state, migrations))]
    const makeLedger = async () => {
      for (const { sql } of steps) await environment.change(session, sql, patienceMilliseconds)
    }
    await environment.atomically(session, makeLedger, { rewrites: false, patienceMilliseconds })
    for (const migration of migrations) {
      // A statement may run again after a conflict, so what was done is counted when it is committed.
      let done: readonly MigrationStep[] = []
      const apply = async () => {
        done = await this.#apply(session, dialect, migration, patienceMilliseconds)
      }
      const { change } = migration
      const rewrites = change.kind === 'widen' && change.nullable.length > 0
      await environment.atomically(session, apply, { rewrites, patienceMilliseconds })
      steps.push(...done)
    }
    return { steps, dryRun: false }
  }

  async #apply(
    session: PinnedSession,
    dialect: SchemaDialect,
    migration: Migration,
    patienceMilliseconds: number,
  ): Promise<readonly MigrationStep[]> {
    const { parts, environment } = this.#options
    const { clock } = parts.context
    const { number, name, table, change, resumed } = migration
    const operations = new SqlOperations(parts, session)
    if (!resumed) {
      const row = { number, name, table_name: table, change, state: 'applying', started_at: clock() }
      await operations.insert(ledger, row)
    }
    const live = (await dialect.inspect(session, [table])).get(table)
    const steps = stepsToDo(migration, live)
    let done = 0
    try {
      for (const step of steps) {
        try {
          await environment.change(session, step.sql, patienceMilliseconds)
        } catch (error) {
          throw atStep(parts.failures, step, error)
        }
        done += 1
      }
    } catch (error) {
      // Where nothing is undone by itself, a migration whose first statement is refused must not be in the way of all others.
      const isNew = !resumed || (change.kind === 'create' && live === undefined)
      if (isNew && done === 0) await operations.delete(ledger, eq('number', number)).catch(() => {})
      throw error
    }
    await operations.update(ledger, { where: eq('number', number), set: { state: 'applied', applied_at: clock() } })
    return toReport({ ...migration, steps })
  }

  async #firstSteps(
    session: PinnedSession,
    dialect: SchemaDialect,
    state: MigrationState,
    migrations: readonly Migration[],
  ): Promise<readonly MigrationStep[]> {
    if (state.hasLedger || migrations.length === 0) return []
    const { parts, environment } = this.#options
    const spec = toSpec(ledger, parts.context.names)
    const summary = `create table ${spec.name}, the ledger of migrations`
    const preparations = (await environment.prepare?.(session)) ?? []
    return [...preparations, { summary, sql: dialect.createTable(spec) }].map((step) => ({
      number: 0,
      table: spec.name,
      ...step,
    }))
  }
}

/**
 * The steps of a migration that no earlier run has done.
 *
 * @throws CardeaError `configuration_invalid` where something else is in the place of what a step makes.
 */
function stepsToDo({ table, change, steps, resumed }: Migration, live: LiveTable | undefined): readonly Step[] {
  return steps.filter((step) => {
    const presence = step.find(live)
    if (typeof presence === 'object') throw refuse(`${step.summary}: ${table} ${presence.difference}`)
    // What is dropped and gone already is as it should be.
    if (presence === 'same' && !resumed && change.kind !== 'drop')
      throw refuse(`${step.summary}: it exists, but no migration made it`)
    return presence !== 'same'
  })
}

/**
 * What is left to do: migrations that broke off first, then what the tables lack.
 *
 * @throws CardeaError `configuration_invalid` before anything is done, if any of it cannot be.
 */
async function planMigrations(
  { context: { names } }: StorageParts,
  dialect: SchemaDialect,
  session: SqlSession,
  state: MigrationState,
  tables: readonly Table[],
  { exact = false, drop = [] }: Aims,
): Promise<readonly Migration[]> {
  const migrations: Migration[] = []
  const recorded = new Map(state.recorded)
  const planned = new Set<string>()
  let number = 0
  for (const { number: own, name, table_name: table, change, state: progress } of state.rows) {
    number = own
    if (progress === 'applied') continue
    const after = recorded.get(table)
    if (after === undefined && change.kind !== 'drop') continue
    const steps = after === undefined ? dropSteps(dialect, table) : await toSteps(dialect, session, change, after, true)
    migrations.push({ number, name, table, change, steps, resumed: true })
  }
  for (const definition of tables) {
    const wanted: Wanted = { spec: toSpec(definition, names), initialRows: initialRowsOf(definition) }
    const { name: table } = wanted.spec
    const before = recorded.get(table)
    const live = state.live.get(table)
    if (before !== undefined && live === undefined && !state.unfinished.has(table)) {
      await requireThere(dialect, session, table)
    }
    // What is gone is made again. A migration that broke off is finished first: what it has not made yet is not lost.
    const lasting = before === undefined || live === undefined || state.unfinished.has(table) || planned.has(table)
    const present = lasting ? before : withoutLost(before, live)
    const change = exact && present !== undefined ? planReshape(present, wanted.spec) : planTable(present, wanted)
    if (change === undefined) continue
    if (change.kind === 'create' && state.live.has(table)) throw foreign(table)
    const after = applyChange(before, change) ?? wanted.spec
    recorded.set(table, after)
    planned.add(table)
    requireTargets(after, (target) => recorded.has(target) || state.live.has(target))
    number += 1
    const name = `${change.kind} ${table}`
    const steps = await toSteps(dialect, session, change, after, before?.afterDelete !== undefined)
    migrations.push({ number, name, table, change, steps, resumed: false })
  }
  for (const definition of drop) {
    const table = names.table(definition.name)
    // Without an entry it is gone, or a stranger's.
    if (recorded.get(table) === undefined) continue
    const [referrer] = await dialect.referrers(session, table)
    if (referrer !== undefined) throw refuse(`table ${table} cannot be dropped, since ${referrer} refers to it`)
    number += 1
    const steps = dropSteps(dialect, table)
    migrations.push({ number, name: `drop ${table}`, table, change: { kind: 'drop' }, steps, resumed: false })
  }
  return migrations
}

/** What the database refuses for good names the step. What may pass at the next try stays what it is, for who tries. */
function atStep(failures: FailureReader, { summary }: Step, thrown: unknown): unknown {
  const { code, message, cause } = toCardeaError(failures, thrown)
  if (code !== 'unique_violation' && code !== 'foreign_key_violation' && code !== 'internal_error') return thrown
  return new CardeaError(code, `migrate: ${summary}: ${message.replace(/^storage: /, '')}`, { cause: cause ?? thrown })
}

/** What there is to say of a table that somebody dropped: an empty one in its place would pass for all that there was. */
export const goneTable = (table: string) => ({
  message: `table ${table} was migrated but is gone`,
  advice: 'restore it, or take its rows out of the ledger and migrate',
})

/** Looks again, since at a dry run another migration may have made the table after the tables and before the ledger were read. */
async function requireThere(dialect: SchemaDialect, session: SqlSession, table: string): Promise<void> {
  if ((await dialect.inspect(session, [table])).has(table)) return
  const { message, advice } = goneTable(table)
  throw refuse(`${message}: ${advice}`)
}

/** What there is to say of somebody else's table. */
export const foreignTable = (table: string) => ({
  message: `table ${table} exists, but no migration made it`,
  advice: 'map it, or choose another prefix or name',
})

function foreign(table: string) {
  const { message, advice } = foreignTable(table)
  return refuse(`${message}: ${advice}`)
}

function requireTargets(table: TableSpec, exists: (target: string) => boolean): void {
  const targets = Object.values(table.columns).flatMap(({ foreignKey }) => foreignKey?.table ?? [])
  if (table.afterDelete !== undefined) targets.push(table.afterDelete.table)
  const missing = targets.find((target) => !exists(target))
  if (missing !== undefined) throw refuse(`table ${missing} must come before ${table.name}, which refers to it`)
}

const toReport = ({ number, table, steps }: Migration): readonly MigrationStep[] =>
  steps.map(({ summary, sql }) => ({ number, table, summary, sql }))

import { type AnyCollection, collectionTable as toTable } from '@cardea/collections'
import { checkSignIn, type DefinitionChange, isKeyOf, parseChange, unfitRules } from '@cardea/collections/later'
import { CardeaError } from '@cardea/core'
import type { Table } from '@cardea/storage'
import { invalidInput } from '../accounts/invalid-input.js'
import type { Services } from '../services/services.js'
import type { StoredSettings } from '../settings/stored-settings.js'
import type { CollectionSnapshot } from './collection-snapshot.js'
import { requireFitting } from './fitting.js'
import { withFormerColumns } from './rename-fields.js'
import { findLosses, findObstacles, type Obstacle } from './rows-in-the-way.js'

/** What a change of a collection would do. */
export interface CollectionChangePlan {
  readonly collection: string
  /** The version of the definition that it would change. */
  readonly version: number
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly dropped: readonly string[]
  readonly renamed: readonly { readonly from: string; readonly to: string }[]
  /** The statements, in order. What is done some records at a time has none. */
  readonly steps: readonly { readonly summary: string; readonly sql: string }[]
  /** How many values go with each field that is dropped. */
  readonly lost: readonly { readonly field: string; readonly rows: number }[]
  /** What keeps the change from being made; it is refused unless there is none. */
  readonly obstacles: readonly Obstacle[]
}

/** A change that passed all checks of the definition, and the tables before, during and after it. */
export interface PreparedChange {
  readonly current: AnyCollection
  readonly change: DefinitionChange
  readonly before: Table
  /** What it is while some nodes may still know what it was: with all that is new, fields that are dropped, and former names. */
  readonly between: Table
  readonly after: Table
}

/**
 * Checks a change against a collection as it is now.
 *
 * @throws CardeaError `not_found`, `protected` for one that code defines, `invalid_request` and `unknown_field` with places of
 * the input, `conflict` where it would not fit in with other collections.
 */
export function prepareChange(
  services: Services,
  snapshot: CollectionSnapshot,
  current: AnyCollection,
  input: unknown,
): PreparedChange {
  const parsed = parseChange(current, input)
  if (!parsed.valid) throw invalidInput(parsed.issues)
  const { registry, settings } = snapshot
  const next = parsed.collection
  requireRule(next, settings)
  const others = registry.list().filter(({ name }) => name !== current.name)
  const related = (target: string): AnyCollection | undefined => (target === current.name ? next : registry.get(target))
  const unfit = unfitRules(next, related)
  if (unfit.length > 0) throw invalidInput(unfit)
  requireFitting(services, [...others, next], parsed.placeOf)
  const { tablePrefix } = services
  const after = toTable(next, { ...(tablePrefix === undefined ? {} : { tablePrefix }), related })
  const before = registry.table(current)
  return { current, change: parsed, before, between: betweenOf(parsed, before, after), after }
}

/**
 * A rule that was stored for the collection names fields that stay.
 *
 * @throws CardeaError `conflict`.
 */
export function requireRule({ name, fields }: AnyCollection, { of }: StoredSettings): void {
  const issues = checkSignIn(of.get(name)?.signIn, fields)
  if (issues.length === 0) return
  throw new CardeaError('conflict', 'The setting sign_in_rule of the collection names what would be gone.', { issues })
}

/** A collection that requests can change. @throws CardeaError `not_found`, `protected`. */
export function requireChangeable(snapshot: CollectionSnapshot, name: string): AnyCollection {
  const info = snapshot.infos.get(name)
  if (info === undefined) throw new CardeaError('not_found', 'There is no such collection.')
  if (info.system) throw new CardeaError('protected', 'Code defines this collection: change it there.')
  return info.collection
}

/** Says what a change would do, and does nothing. */
export async function planChange(services: Services, name: string, input: unknown): Promise<CollectionChangePlan> {
  const snapshot = await services.collections.latest()
  const current = requireChangeable(snapshot, name)
  const prepared = prepareChange(services, snapshot, current, input)
  return await describeChange(services, prepared, snapshot.infos.get(name)?.version ?? 1)
}

export async function describeChange(
  { storage }: Services,
  prepared: PreparedChange,
  version: number,
): Promise<CollectionChangePlan> {
  const { current, change, before } = prepared
  return {
    collection: current.name,
    version,
    added: change.added,
    changed: change.changed.map(({ name }) => name),
    dropped: change.dropped,
    renamed: change.renamed,
    steps: await stepsOf(storage, prepared),
    lost: await findLosses(storage, before, change.dropped),
    obstacles: await findObstacles(storage, before, current, change),
  }
}

/** Fields that are renamed have two columns for a while, so that there are steps which the table's shape does not show. */
async function stepsOf(
  storage: Services['storage'],
  { change: { renamed }, between, after }: PreparedChange,
): Promise<CollectionChangePlan['steps']> {
  const tables = renamed.length === 0 ? [after] : [between, after]
  const { steps } = await storage.migrate(tables, { dryRun: true, exact: true })
  const copies = renamed.map(({ from, to }) => ({ summary: `copy ${after.name}.${from} to ${to}`, sql: '' }))
  const plain = steps.map(({ summary, sql }) => ({ summary, sql }))
  const last = steps.findLastIndex(({ number }) => number === steps[0]?.number)
  return renamed.length === 0 ? plain : [...plain.slice(0, last + 1), ...copies, ...plain.slice(last + 1)]
}

const betweenOf = ({ dropped, renamed }: DefinitionChange, before: Table, after: Table): Table =>
  withDropped(withFormerColumns(after, renamed), before, dropped)

function withDropped(after: Table, before: Table, dropped: readonly string[]): Table {
  const of = <Value>(record: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(record).filter(([key]) => dropped.some((name) => isKeyOf(name, key))))
  return {
    ...after,
    columns: { ...after.columns, ...of(before.columns) },
    unique: { ...after.unique, ...of(before.unique) },
    indexes: { ...after.indexes, ...of(before.indexes) },
  }
}

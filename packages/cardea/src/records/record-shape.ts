import { type AnyCollection, type CollectionRow, isAuthCollection, isMapped } from '@cardea/collections'
import { and, type ErrorIssue, oneOf } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import { invalidInput } from '../accounts/invalid-input.js'
import type { RecordShape } from '../api/records.js'
import { withPrincipals } from '../mapped/with-principals.js'
import type { Services } from '../services/services.js'
import type { Asker } from './asker.js'
import { conditionOf, ruleFor } from './rule.js'

type Shown = Readonly<Record<string, unknown>>

/** What of each record is wanted, checked. */
export interface ParsedShape {
  /** Names of members, in their order; undefined for all. */
  readonly fields: readonly string[] | undefined
  /** Relations that are wanted as records, each with the collection that it is of. */
  readonly expand: readonly { readonly field: string; readonly target: AnyCollection }[]
}

const mostExpanded = 5

/** The names of all that records of a collection show. */
export function shownMembers(collection: AnyCollection): readonly string[] {
  const fields = Object.entries(collection.fields).flatMap(([name, { hidden }]) => (hidden === true ? [] : [name]))
  const ofPrincipal = isMapped(collection) ? ['principal_id', 'email', 'verified'] : ['email', 'verified']
  return ['id', ...(isAuthCollection(collection) ? ofPrincipal : []), ...fields, 'created_at', 'updated_at']
}

/** @throws CardeaError `unknown_field`, `invalid_request`. */
export function parseShape(services: Services, collection: AnyCollection, shape: RecordShape): ParsedShape {
  const issues: ErrorIssue[] = []
  const shown = shownMembers(collection)
  const fields = selectedOf(shown, shape.fields, issues)
  const expand = expandedOf(services, collection, shape.expand ?? [], issues)
  if (fields !== undefined && expand.some(({ field }) => !fields.includes(field))) {
    issues.push({ path: 'expand', code: 'invalid', message: 'must be among the fields that are wanted' })
  }
  if (issues.length > 0) throw invalidInput(issues)
  return { fields, expand }
}

/** Presents rows as far as they were asked for. */
export async function presentShape(
  services: Services,
  collection: AnyCollection,
  rows: readonly CollectionRow[],
  { fields, expand }: ParsedShape,
  asker: Asker,
): Promise<readonly Shown[]> {
  const records = await presentRows(services, collection, rows)
  const expanded = new Map<string, ReadonlyMap<unknown, Shown>>()
  for (const { field, target } of expand) {
    const ids = new Set(records.map((record) => record[field]).filter((id) => id !== null))
    expanded.set(field, await findVisible(services, services.storage, target, [...ids], asker))
  }
  if (fields === undefined && expand.length === 0) return records
  return records.map((record) => {
    const members = fields === undefined ? Object.entries(record) : fields.map((name) => [name, record[name]] as const)
    return Object.fromEntries(members.map(([name, value]) => [name, expanded.get(name)?.get(value) ?? value]))
  })
}

async function presentRows(
  services: Services,
  collection: AnyCollection,
  rows: readonly CollectionRow[],
): Promise<readonly Shown[]> {
  // One that was read by itself has it already.
  const isWhole = rows.every((row) => Object.hasOwn(row, 'principal_id'))
  const whole = isWhole ? rows : await withPrincipals(services.storage, collection, rows)
  return whole.map((row) => services.records.present(collection, row) as Shown)
}

/** Those of some records that whoever asks may see, by id: one statement. */
async function findVisible(
  services: Services,
  storage: StorageOperations,
  collection: AnyCollection,
  ids: readonly unknown[],
  asker: Asker,
): Promise<ReadonlyMap<unknown, Shown>> {
  const rule = ruleFor(collection, 'view', asker)
  if (rule.kind === 'none' || ids.length === 0) return new Map()
  const condition = conditionOf(rule)
  // Ids are what the column of a relation holds.
  const among = oneOf('id', ids as readonly string[])
  const rows: readonly CollectionRow[] = await storage.find(services.collections.table(collection), {
    where: condition === undefined ? among : and(among, condition),
    limit: ids.length,
  })
  return new Map((await presentRows(services, collection, rows)).map((record) => [record['id'], record]))
}

function selectedOf(
  shown: readonly string[],
  wanted: readonly string[] | undefined,
  issues: ErrorIssue[],
): readonly string[] | undefined {
  if (wanted === undefined) return undefined
  if (wanted.length === 0 || wanted.length > shown.length) {
    issues.push({ path: 'fields', code: 'invalid_value', message: 'must name fields, each of them once' })
  } else if (wanted.some((name) => !shown.includes(name))) issues.push(unknown('fields'))
  return shown.filter((name) => wanted.includes(name))
}

function expandedOf(
  { collections }: Services,
  collection: AnyCollection,
  wanted: readonly string[],
  issues: ErrorIssue[],
): ParsedShape['expand'] {
  if (wanted.length > mostExpanded) {
    issues.push({ path: 'expand', code: 'too_long', message: `must be at most ${mostExpanded} relations` })
    return []
  }
  return [...new Set(wanted)].flatMap((field) => {
    const definition = Object.hasOwn(collection.fields, field) ? collection.fields[field] : undefined
    const target =
      definition?.type === 'relation' && definition.hidden !== true
        ? collections.current.registry.get(definition.collection)
        : undefined
    if (target !== undefined) return [{ field, target }]
    issues.push(unknown('expand'))
    return []
  })
}

const unknown = (path: string): ErrorIssue => ({
  path,
  code: 'unknown_field',
  message: 'names a field that is not known',
})

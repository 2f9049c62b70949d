import { CardeaError, type ErrorIssue } from '@cardea/core'
import type { Table } from '@cardea/storage'
import type { AnyCollection } from './collection.js'
import { assertDefined } from './define-collection.js'
import { collectionTable, tableName } from './table.js'

/** The collections of an app, and their tables. */
export interface CollectionRegistry {
  /** The collection of a name, which may come from a request. */
  get(name: string): AnyCollection | undefined
  list(): readonly AnyCollection[]
  /**
   * The table of a collection, always the same object. A property, so that it can be handed on as a function.
   *
   * @throws CardeaError `configuration_invalid` when the collection is not one of these.
   */
  readonly table: (collection: AnyCollection) => Table
  /** The tables, in an order in which each can be made after those it refers to. */
  tables(): readonly Table[]
}

export interface RegistryOptions {
  /** Goes before the names of collections. Default `auth_`. */
  readonly tablePrefix?: string
  /** A registry whose tables are taken over where they are the same: reads that were prepared for them stay so. */
  readonly previous?: CollectionRegistry
}

/**
 * Puts collections together and checks what each alone cannot: names of collections and tables, and relations.
 *
 * @throws CardeaError `configuration_invalid`, which names every collection that does not fit.
 */
export function collectionRegistry(
  collections: readonly AnyCollection[],
  options: RegistryOptions = {},
): CollectionRegistry {
  for (const collection of collections) assertDefined(collection)
  const byName = new Map(collections.map((collection) => [collection.name, collection]))
  const issues = [
    ...repeated(collections, ({ name }) => name, 'is defined twice'),
    ...repeated(collections, (collection) => tableName(collection, options.tablePrefix), 'shares a table with another'),
    ...unknownRelations(byName),
    ...otherIds(byName),
  ]
  const ordered = issues.length === 0 ? inOrder(byName, issues) : []
  if (issues.length > 0) {
    const lines = issues.map(({ path, message }) => `${path} ${message}`)
    throw new CardeaError('configuration_invalid', `collections: ${lines.join('; ')}`, { issues })
  }

  const related = (name: string) => byName.get(name)
  const { previous, ...tableOptions } = options
  const tableOf = (each: AnyCollection): Table => {
    const isUnchanged =
      previous?.get(each.name) === each &&
      relationsOf(each).every(({ target }) => previous.get(target) === byName.get(target))
    return isUnchanged ? previous.table(each) : collectionTable(each, { ...tableOptions, related })
  }
  const tables = new Map(ordered.map((each) => [each, tableOf(each)]))
  const listed = Object.freeze([...collections])
  const inCreationOrder = Object.freeze([...tables.values()])
  return Object.freeze({
    get: (name: string) => byName.get(name),
    list: () => listed,
    tables: () => inCreationOrder,
    table: (collection: AnyCollection) => {
      const table = tables.get(collection)
      if (table !== undefined) return table
      throw new CardeaError('configuration_invalid', 'collections: this collection is not one of them')
    },
  })
}

function repeated(
  collections: readonly AnyCollection[],
  keyOf: (collection: AnyCollection) => string,
  message: string,
): ErrorIssue[] {
  const seen = new Set<string>()
  const issues: ErrorIssue[] = []
  for (const collection of collections) {
    const key = keyOf(collection)
    if (seen.has(key)) issues.push({ path: collection.name, code: 'conflict', message })
    seen.add(key)
  }
  return issues
}

/** The fields of a collection that relate to another or to itself, and the name of that one. */
export function relationsOf(collection: AnyCollection): readonly { readonly field: string; readonly target: string }[] {
  return Object.entries(collection.fields).flatMap(([field, definition]) =>
    definition.type === 'relation' ? [{ field, target: definition.collection }] : [],
  )
}

function unknownRelations(byName: ReadonlyMap<string, AnyCollection>): ErrorIssue[] {
  return [...byName.values()].flatMap((collection) =>
    relationsOf(collection)
      .filter(({ target }) => !byName.has(target))
      .map(({ field }) => ({
        path: `${collection.name}.fields.${field}.collection`,
        code: 'not_found',
        message: 'must be the name of a collection',
      })),
  )
}

/** Ids in the app's own tables are of their own type, which fields that hold one have to know. */
function otherIds(byName: ReadonlyMap<string, AnyCollection>): ErrorIssue[] {
  return [...byName.values()].flatMap((collection) =>
    Object.entries(collection.fields).flatMap(([field, definition]) => {
      const target = definition.type === 'relation' ? byName.get(definition.collection) : undefined
      if (target === undefined || definition.type !== 'relation' || definition.id === target.mapping?.id) return []
      const wanted = target.mapping === undefined ? 'must be left out' : `must be ${target.mapping.id}`
      const path = `${collection.name}.fields.${field}.id`
      return [{ path, code: 'invalid', message: `${wanted}: so are the ids of ${target.name}` }]
    }),
  )
}

/** Sorts collections after those they relate to; a circle, in which no table could be made first, becomes an issue. */
function inOrder(byName: ReadonlyMap<string, AnyCollection>, issues: ErrorIssue[]): readonly AnyCollection[] {
  const done = new Set<AnyCollection>()
  const open = new Set<AnyCollection>()
  const visit = (collection: AnyCollection): void => {
    if (done.has(collection)) return
    open.add(collection)
    for (const { field, target } of relationsOf(collection)) {
      const other = byName.get(target)
      if (other === undefined || other === collection) continue
      if (!open.has(other)) visit(other)
      else {
        issues.push({
          path: `${collection.name}.fields.${field}`,
          code: 'conflict',
          message: `relates to ${target}, which relates back: the tables could not be made one after the other`,
        })
      }
    }
    open.delete(collection)
    done.add(collection)
  }
  for (const collection of byName.values()) visit(collection)
  return [...done]
}

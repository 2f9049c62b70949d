import { CardeaError } from '@cardea/core'
import { coversPattern, isOperation, isResource, type PatternOf, parsePattern } from './permission-label.js'
import type { NoRows, RowTypes } from './row-types.js'

/** One permission of a catalogue. */
export interface PermissionEntry<P extends string = string> {
  /** `resource:operation`. */
  readonly label: P
  readonly resource: string
  readonly operation: string
  /** For people; may be empty. */
  readonly description: string
}

/** What can be granted: the permissions that code asks for. */
export interface Catalogue<P extends string = string, Rows = NoRows> {
  /** The labels, in the order in which they were declared. */
  readonly permissions: readonly P[]
  readonly entries: readonly PermissionEntry<P>[]
  /** Whether a text is a permission of this catalogue. Wildcards are not. */
  has(label: string): label is P
  /** Never there: it carries the types of rows by resource. */
  readonly rowTypes?: Rows
}

/** The union of a catalogue's permissions, such as `'content:read' | 'content:update'`. */
export type PermissionOf<C extends Catalogue> = C['permissions'][number]

/** A permission of a catalogue or a wildcard over it: `*`, `content:*`, `*:read`. */
export type PermissionPattern<C extends Catalogue> = PatternOf<PermissionOf<C>>

/** Operations by resource, as {@link definePermissions} takes them. */
export type ResourceOperations = Readonly<Record<string, readonly string[]>>

/** The labels that operations by resource make. They are inferred, since compilers then print them, and not the name of this type. */
export type LabelOf<R extends ResourceOperations> = {
  [Resource in keyof R & string]: `${Resource}:${R[Resource][number]}`
}[keyof R & string] extends infer Label extends string
  ? Label
  : never

/**
 * Declares permissions.
 *
 * ```ts
 * const permissions = definePermissions({ content: ['read', 'update', 'publish'], users: ['read'] })
 * ```
 *
 * @param resources Operations by resource. A resource is `[a-z0-9_]`, an operation `[a-z]`, each 1 to 64 characters.
 * @param options.descriptions Texts for people, by label; at most 1,000 bytes each.
 * @param options.rows Types of the objects that are asked about, by resource: `{ content: row<Post>() }`. Without one, any
 * object may be.
 * @throws CardeaError `configuration_invalid`, whose message names the place.
 */
export function definePermissions<
  const R extends ResourceOperations,
  Rows extends { readonly [Resource in keyof R]?: object } = NoRows,
>(
  resources: R,
  options: { readonly descriptions?: { readonly [P in LabelOf<R>]?: string }; readonly rows?: RowTypes<Rows> } = {},
): Catalogue<LabelOf<R>, Rows> {
  const descriptions = new Map(Object.entries<string | undefined>(options.descriptions ?? {}))
  const entries: PermissionEntry[] = []
  const labels = new Set<string>()
  for (const [resource, operations] of ownEntries(resources, 'permissions')) {
    if (!isResource(resource)) throw invalid('permissions', resource, 'is not a resource name ([a-z0-9_], 1 to 64)')
    if (!Array.isArray(operations)) throw invalid('permissions', resource, 'must be a list of operations')
    for (const [index, operation] of operations.entries()) {
      const place = `${resource}.${index}`
      if (!isOperation(operation)) throw invalid('permissions', place, 'is not an operation name ([a-z], 1 to 64)')
      const label = `${resource}:${operation}`
      if (labels.has(label)) throw invalid('permissions', place, 'is declared twice')
      labels.add(label)
      entries.push(Object.freeze({ label, resource, operation, description: descriptions.get(label) ?? '' }))
    }
  }
  for (const [label, description] of descriptions) {
    if (!labels.has(label)) throw invalid('permissions.descriptions', label, 'is not a declared permission')
    if (typeof description !== 'string' || new TextEncoder().encode(description).length > 1_000) {
      throw invalid('permissions.descriptions', label, 'must be a text of at most 1,000 bytes')
    }
  }
  for (const resource of Object.keys(options.rows ?? {})) {
    if (!Object.hasOwn(resources, resource)) throw invalid('permissions.rows', resource, 'is not a declared resource')
  }
  // The labels were built from the keys and values of R, which is what LabelOf says.
  return createCatalogue(entries as PermissionEntry<LabelOf<R>>[])
}

/**
 * Joins two catalogues. A permission that both declare exists once, with the first description that is not empty.
 */
export function mergePermissions<A extends string, B extends string, RowsA = NoRows, RowsB = NoRows>(
  first: Catalogue<A, RowsA>,
  second: Catalogue<B, RowsB>,
): Catalogue<A | B, RowsA & RowsB> {
  for (const catalogue of [first, second] as readonly unknown[]) {
    if (typeof catalogue === 'object' && catalogue !== null && 'entries' in catalogue) continue
    const made = 'takes what definePermissions made, such as cmsPreset.permissions'
    throw new CardeaError('configuration_invalid', `mergePermissions: ${made}`)
  }
  const merged = new Map<string, PermissionEntry<A | B>>()
  for (const entry of [...first.entries, ...second.entries]) {
    const known = merged.get(entry.label)
    if (known === undefined) merged.set(entry.label, entry)
    else if (known.description === '' && entry.description !== '') merged.set(entry.label, entry)
  }
  return createCatalogue([...merged.values()])
}

function createCatalogue<P extends string, Rows>(entries: readonly PermissionEntry<P>[]): Catalogue<P, Rows> {
  const labels: ReadonlySet<string> = new Set(entries.map((entry) => entry.label))
  return Object.freeze({
    permissions: Object.freeze(entries.map((entry) => entry.label)),
    entries: Object.freeze([...entries]),
    has: (label: string): label is P => labels.has(label),
  })
}

/** Whether a text is a permission of a catalogue, or a wildcard that stands for at least one. */
export function standsForAny({ has, entries }: Pick<Catalogue, 'has' | 'entries'>, pattern: string): boolean {
  if (has(pattern)) return true
  const parsed = parsePattern(pattern)
  return parsed !== undefined && entries.some((entry) => coversPattern(parsed, entry))
}

/**
 * The own entries of a plain object. `{ __proto__: … }` in source code sets the prototype and makes no entry, so an object
 * with another prototype is refused rather than read without what its author wrote.
 */
export function ownEntries<Value>(record: Readonly<Record<string, Value>>, name: string): [string, Value][] {
  const prototype: unknown = typeof record === 'object' && record !== null ? Object.getPrototypeOf(record) : undefined
  if (prototype !== Object.prototype && prototype !== null) {
    throw new CardeaError(
      'configuration_invalid',
      `${name}: must be a plain object by names, no list, and without a __proto__ entry`,
    )
  }
  return Object.entries(record)
}

function invalid(name: string, place: string, reason: string): CardeaError {
  return new CardeaError('configuration_invalid', `${name}: ${JSON.stringify(place)} ${reason}`, {
    issues: [{ path: place, code: 'invalid', message: reason }],
  })
}

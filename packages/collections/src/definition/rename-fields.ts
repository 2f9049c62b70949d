import type { ErrorIssue } from '@cardea/core'
import type { AnyField, Fields } from '../field/field.js'
import { isPlainObject } from '../value/plain-object.js'
import type { AnyCollection } from './collection.js'
import { refuseFieldName } from './names.js'

/** A field that gets another name, and keeps its values. */
export interface FieldRename {
  readonly from: string
  readonly to: string
}

export interface ReadRenames {
  readonly renames: readonly FieldRename[]
  readonly issues: readonly ErrorIssue[]
}

/**
 * Reads new names by old ones. A new name has to be free before the change: a node that still has the old definition when the
 * table changes must find no other field under a name that it knows. So names cannot be swapped or handed on at once.
 *
 * @param dropped Fields that go with the same change.
 */
export function readRenames(current: AnyCollection, input: unknown, dropped: readonly string[]): ReadRenames {
  if (input === undefined) return { renames: [], issues: [] }
  if (!isPlainObject(input)) {
    const message = 'must be an object with the new names of fields by their old ones'
    return { renames: [], issues: [{ path: 'rename', code: 'invalid_type', message }] }
  }
  const renames: FieldRename[] = []
  const issues: ErrorIssue[] = []
  for (const [from, to] of Object.entries(input)) {
    const refusal = refuse(current, from, to, dropped, renames)
    if (refusal !== undefined) issues.push({ path: `rename.${from}`, ...refusal })
    else renames.push({ from, to: String(to) })
  }
  return { renames, issues }
}

function refuse(
  current: AnyCollection,
  from: string,
  to: unknown,
  dropped: readonly string[],
  others: readonly FieldRename[],
): Pick<ErrorIssue, 'code' | 'message'> | undefined {
  if (!Object.hasOwn(current.fields, from)) return { code: 'not_found', message: 'must be a field of the collection' }
  if (dropped.includes(from)) return { code: 'conflict', message: 'is dropped by the same change' }
  if (typeof to !== 'string') return { code: 'invalid_type', message: 'must be of type string' }
  if (Object.hasOwn(current.fields, to)) {
    return { code: 'conflict', message: 'must not be the name of another field: first rename or drop that one' }
  }
  if (others.some((other) => other.to === to)) {
    return { code: 'duplicate', message: 'must not be the new name of another field as well' }
  }
  const refusal = refuseFieldName(to, current)
  return refusal === undefined ? undefined : { code: 'invalid', message: refusal }
}

/** The fields under their new names, in the same order. */
export const withRenames = (fields: Fields, renames: readonly FieldRename[]): Readonly<Record<string, AnyField>> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [newNameOf(name, renames), field]))

/** What a field is called after a change. */
export const newNameOf = (name: string, renames: readonly FieldRename[]): string =>
  renames.find(({ from }) => from === name)?.to ?? name

/** What a field was called before a change. */
export const formerNameOf = (name: string, renames: readonly FieldRename[]): string =>
  renames.find(({ to }) => to === name)?.from ?? name

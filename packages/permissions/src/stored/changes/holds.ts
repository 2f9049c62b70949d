import { isCardeaError } from '@cardea/core'
import type { Subject } from '../../engine/subject.js'

/** Whether a subject has a permission for every object and field. */
export const holdsAll = (subject: Subject<string>, permission: string): boolean => subject.canUnchecked(permission)

/** Whether a subject has a permission for some objects or fields at least. */
export function holdsSome(subject: Subject<string>, permission: string): boolean {
  try {
    return subject.canSome(permission)
  } catch (error) {
    // A permission that was declared since the subject was made is none that it is known to have.
    if (isCardeaError(error, 'undeclared_permission')) return false
    throw error
  }
}

/** Whether one subject may all that another may, whatever that depends on. */
export const has = (one: Subject<string>, other: Subject<string>, permissions: readonly string[]): boolean =>
  one.bypass ||
  (!other.bypass &&
    permissions.every(
      (label) =>
        (holdsAll(one, label) || !holdsAll(other, label)) && (holdsSome(one, label) || !holdsSome(other, label)),
    ))

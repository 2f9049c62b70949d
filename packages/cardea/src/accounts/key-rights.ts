import { isCardeaError } from '@cardea/core'
import type { Subject } from '@cardea/permissions'
import { coversPattern, isWildcard, type ParsedPattern, parsePattern } from '@cardea/permissions/declare'

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

/** The permissions that a scope stands for; none for a name that means nothing. */
export function permissionsOfScope(scope: string, permissions: readonly string[]): readonly string[] {
  const pattern = parsePattern(scope)
  return pattern === undefined ? [] : permissions.filter((label) => covers(pattern, label))
}

/** Whether scopes stay within others, also when more permissions are declared later. */
export function scopesWithin(narrow: readonly string[], wide: readonly string[]): boolean {
  const patterns = wide.flatMap((scope) => parsePattern(scope) ?? [])
  return narrow.every((scope) => patterns.some((pattern) => covers(pattern, scope)))
}

/** Whether a scope can come to mean more than it does now. */
export const isOpenScope = (scope: string): boolean => {
  const pattern = parsePattern(scope)
  return pattern === undefined || isWildcard(pattern)
}

/** Whether one has all rights that the other has: whoever can act as the other is no stronger for it then. */
export function coversSubject(actor: Subject<string>, other: Subject<string>, permissions: readonly string[]): boolean {
  if (actor.bypass) return true
  return !other.bypass && permissions.every((label) => !holdsSome(other, label) || actor.canUnchecked(label))
}

function covers(wide: ParsedPattern, scope: string): boolean {
  const narrow = parsePattern(scope)
  return narrow !== undefined && coversPattern(wide, narrow)
}

import { CardeaError, isCardeaError } from '@cardea/core'
import type { Subject } from 'cardea'
import type { Admission } from './admission.js'

/**
 * Goes on if an operation of a resource is allowed. Its name is made of what the request says, so one that is not declared is
 * denied, to everybody.
 *
 * @param operation Undefined for a method that does nothing that is known.
 * @throws CardeaError `forbidden`
 */
export function requireOperation<Permission extends string>(
  caller: Admission<Permission>,
  resource: string,
  operation: string | undefined,
  object?: object,
): void {
  if (operation === undefined || !can(caller.subject, `${resource}:${operation}`, object)) {
    throw refusal(caller, resource, operation, object === undefined ? '' : ' that is held for this object')
  }
}

/** The same for an object that is yet to be loaded: goes on if the operation may be allowed for some. */
export function requireSomeOperation<Permission extends string>(
  caller: Admission<Permission>,
  resource: string,
  operation: string | undefined,
): void {
  if (operation === undefined || !canSome(caller.subject, `${resource}:${operation}`)) {
    throw refusal(caller, resource, operation)
  }
}

const can = (subject: Subject<string>, permission: string, object: object | undefined): boolean =>
  subject.canUnchecked(permission, object)

function canSome(subject: Subject<string>, permission: string): boolean {
  try {
    return subject.canSome(permission)
  } catch (error) {
    if (isCardeaError(error, 'undeclared_permission')) return false
    throw error
  }
}

function refusal<Permission extends string>(
  caller: Admission<Permission>,
  resource: string,
  operation: string | undefined,
  object = '',
): Error {
  const error = new CardeaError('forbidden', `This needs a permission over ${resource}${object}.`)
  // The method is the client's own text, which goes into no log.
  return caller.refusal(`${resource}:${operation ?? '*'}`, error)
}

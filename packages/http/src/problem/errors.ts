import { CardeaError } from '@cardea/core'

/** For a path that nobody serves. */
export const notFoundError = (): CardeaError => new CardeaError('not_found', 'There is nothing here.')

export const csrfError = (): CardeaError =>
  new CardeaError('csrf_rejected', 'The request seems to come from a site that is not among the allowed origins.')

export const methodError = (): CardeaError =>
  new CardeaError('method_not_allowed', 'This cannot be done here; see the Allow header.')

export const permissionError = (permission: string): CardeaError =>
  new CardeaError('forbidden', `This needs the permission ${permission}.`)

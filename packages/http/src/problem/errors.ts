import { CardeaError } from '@cardea/core'

/** For a path that nobody serves. */
export const notFoundError = (): CardeaError => new CardeaError('not_found', 'There is nothing here.')

export const csrfError = (): CardeaError =>
  new CardeaError(
    'csrf_rejected',
    'A request that changes something from a browser, or with a cookie, has to come from this site: its origin is neither `baseUrl` nor one of `allowedOrigins`, or it names none. Other clients use the access token.',
  )

export const methodError = (): CardeaError =>
  new CardeaError('method_not_allowed', 'This cannot be done here; see the Allow header.')

/** For whoever acts as somebody else: Cardea's own routes are read-only then. */
export const actingError = (): CardeaError =>
  new CardeaError('forbidden', 'This is not for somebody who acts as the user.')

export const permissionError = (permission: string): CardeaError =>
  new CardeaError('forbidden', `This needs the permission ${permission}.`)

import type { CardeaError } from '@cardea/core'
import type { AuthenticationFailure } from 'cardea'
import type { ReadHeaders } from '../credentials/headers.js'
import { type Accepted, authenticationError, type Gate } from './authenticate.js'
import type { Instance } from './instance.js'

/**
 * The error for a request that brings no credential of the accepted collections. One of another collection is not told from a
 * forged one, but to developers: in the log, and never in production.
 */
export function refusedCredential(
  { auth, cookies }: { readonly auth: Pick<Instance, 'config' | 'collectionNames' | 'verify'> } & Pick<Gate, 'cookies'>,
  code: AuthenticationFailure,
  headers: ReadHeaders,
  accepted: Accepted,
): CardeaError {
  const { background, environment } = auth.config
  if (environment !== 'production') {
    background(
      import('../hints/other-collection.js').then((later) =>
        later.tellOtherCollection({ auth, cookies }, headers, accepted),
      ),
    )
  }
  return authenticationError(code)
}

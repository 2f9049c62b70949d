import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import type { RefreshableSession } from '@cardea/sessions'
import type { Refreshed } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import { viewUser } from './user-view.js'

/** Who met the collection's rule when the session began need not do so any more. */
function notAllowed(services: Services, { name: collection }: AuthCollection, principalId: string): CardeaError {
  const about = { at: services.clock(), collection, principalId }
  services.emit({ type: 'session.refresh_failed', ...about, reason: 'sign_in_not_allowed' })
  return new CardeaError('sign_in_not_allowed', 'This account may not sign in.')
}

const messages = {
  token_invalid: 'The refresh token is not valid.',
  token_expired: 'The session has expired.',
  token_reused: 'The refresh token was used before; the session has been ended.',
  session_revoked: 'The session has ended.',
} as const

/**
 * Exchanges a refresh token for its successor. The user is read before the token is used up, so that a database that fails
 * in between, or a record that is gone, does not cost the client its session.
 */
export async function refresh(
  services: Services,
  collection: AuthCollection,
  refreshToken: string,
  options: { readonly cookieToken?: string },
): Promise<Refreshed<Readonly<Record<string, unknown>>>> {
  let user: Readonly<Record<string, unknown>> = {}
  const prepare = async ({ principal, versions }: RefreshableSession): Promise<void> => {
    const current = await services.collections.renew(collection, versions.config)
    const record = await services.records.find(services.storage, current, principal.id)
    if (record === undefined) throw new CardeaError('session_revoked', messages.session_revoked)
    // The session stays: what the rule asks for may hold again before it ends.
    if (!(await services.admits(current, record))) {
      throw notAllowed(services, current, principal.id)
    }
    user = await viewUser(services, current, record, versions)
  }
  const result = await services.sessions.refresh(refreshToken, collection.name, { ...options, prepare })
  const about = { at: services.clock(), collection: collection.name }
  if (!result.valid) {
    // A token that was used before has an event of its own.
    if (result.code !== 'token_reused') {
      services.emit({ type: 'session.refresh_failed', ...about, principalId: null, reason: result.code })
    }
    throw new CardeaError(result.code, messages[result.code])
  }
  const { valid: _valid, principal, versions: _versions, rotated: _rotated, ...issued } = result
  services.emit({ type: 'session.refreshed', ...about, principalId: principal.id, sessionId: issued.session.id })
  return { ...issued, user }
}

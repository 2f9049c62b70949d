import { CardeaError } from '@cardea/core'
import { bumpEpoch, type FactorClaim } from '@cardea/identity'
import type { ClientDetails } from '@cardea/sessions'
import type { StorageOperations } from '@cardea/storage'
import type { RenewedSession } from '../../api/mfa.js'
import type { SessionAuthentication } from '../../api/sign-in.js'
import type { Services } from '../../services/services.js'
import type { Assurance } from './assurance.js'
import { consumeFactor, type FactorOwner, withFactor } from './attempt.js'

/** A change of second factors that somebody makes who is signed in. */
interface FactorChange<Result> {
  /** The code that the change rests on, which it uses up. */
  readonly claim?: FactorClaim
  /** How the session counts afterwards. */
  readonly assurance: Assurance
  readonly work: (transaction: StorageOperations) => Promise<Result>
}

/**
 * Changes second factors from a session. All sessions and pending secrets of the principal end with the old epoch; this
 * session gets the new one and another cookie token, all in one transaction.
 *
 * @throws CardeaError `session_revoked` when the session has ended meanwhile, and `mfa_invalid`.
 */
export async function changeInSession<Result>(
  services: Services,
  owner: FactorOwner,
  { session }: SessionAuthentication,
  { claim, assurance, work }: FactorChange<Result>,
  context: ClientDetails,
): Promise<RenewedSession & { readonly result: Result }> {
  const { principalId } = owner
  const authTime = services.clock()
  const changed = await withFactor(services, owner, async (transaction) => {
    // First of all: it locks the principal, so that one change follows the other.
    const epoch = await bumpEpoch(transaction, principalId)
    const sessions = services.sessions.withOperations(transaction)
    if (epoch === undefined || !(await sessions.carryOver(transaction, session.id, epoch))) {
      throw new CardeaError('session_revoked', 'The session has ended.')
    }
    if (claim !== undefined) await consumeFactor(services, transaction, owner, claim, context)
    const result = await work(transaction)
    await sessions.renewProof(session.id, { ...assurance, epoch, authTime })
    await sessions.revokeAll(principalId, { except: session.id })
    return { result, cookie: await sessions.rotateCookie(session.id) }
  })
  return { result: changed.result, ...(changed.cookie ?? { cookieMaxAgeSeconds: 0 }) }
}

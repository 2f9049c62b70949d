import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import {
  type Budget,
  countFailedAttempt,
  type FactorAttempt,
  findIdentifiedPrincipal,
  findPrincipal,
  type PrincipalState,
  type ThrottleKey,
} from '@cardea/identity'
import type { ClientDetails } from '@cardea/sessions'
import type { StorageOperations } from '@cardea/storage'
import type { Reauthentication, RenewedSession } from '../api/mfa.js'
import type { SessionAuthentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import { assertOwn } from './fresh.js'
import { invalidInput } from './invalid-input.js'
import { type Assurance, raised } from './mfa/assurance.js'
import { claimFactor, consumeFactor, withFactor } from './mfa/attempt.js'
import { parseAttempt } from './mfa/parse-attempt.js'

/** Of passwords tried from a session, by its owner or whoever has got hold of it (NIST SP 800-63B-4 §3.2.2). */
const passwordBudget: Budget = { limit: 5, periodSeconds: 300 }
const dailyPasswordBudget: Budget = { limit: 50, periodSeconds: 86_400 }

/**
 * Makes a session fresh: whoever has it proves once more to be its principal. Its cookie gets another token (R18); the
 * refresh token stays.
 *
 * @throws CardeaError `invalid_credentials` for a wrong password, `mfa_invalid` for a wrong code, `rate_limited`,
 * `session_revoked`, `unavailable`.
 */
export async function reauthenticate(
  services: Services,
  collection: AuthCollection,
  authentication: SessionAuthentication,
  input: Reauthentication,
  context: ClientDetails,
): Promise<RenewedSession> {
  assertOwn(collection, authentication)
  const renewed =
    'password' in input
      ? await byPassword(services, authentication, input.password)
      : await byFactor(services, collection, authentication, parseAttempt(input), context)
  const { principalId, session } = authentication
  services.emit({
    type: 'session.reauthenticated',
    at: services.clock(),
    collection: collection.name,
    principalId,
    sessionId: session.id,
  })
  return renewed
}

async function byPassword(
  services: Services,
  authentication: SessionAuthentication,
  password: unknown,
): Promise<RenewedSession> {
  const { principalId, session } = authentication
  if (typeof password !== 'string') {
    throw invalidInput([{ path: 'password', code: 'invalid_type', message: 'must be of type string' }])
  }
  const key: ThrottleKey = ['reauthentication', principalId]
  const dailyKey: ThrottleKey = ['reauthentication-day', principalId]
  const { throttle, storage } = services
  const mayTry =
    (await throttle.take(storage, key, passwordBudget)) && (await throttle.take(storage, dailyKey, dailyPasswordBudget))
  if (!mayTry) {
    const retryAfterSeconds = passwordBudget.periodSeconds / passwordBudget.limit
    throw new CardeaError('rate_limited', 'Too many passwords were tried. Wait before the next one.', {
      retryAfterSeconds,
    })
  }
  const found = await findIdentifiedPrincipal(storage, principalId)
  const authTime = services.clock()
  const proof = await services.passwords.prove(found?.credential, password)
  if (found === undefined || !proof.proved) {
    await countFailedAttempt(storage, principalId)
    services.emit({
      type: 'session.reauthentication_failed',
      at: services.clock(),
      collection: authentication.collection,
      principalId,
      sessionId: session.id,
      reason: 'wrong password',
    })
    throw new CardeaError('invalid_credentials', 'The password is not right.')
  }
  const assurance = { amr: session.amr, aal: session.aal >= 2 ? 2 : 1 } as const
  return await storage.transaction(async (transaction) => {
    await throttle.forgive(transaction, [key])
    return await renew(services, transaction, authentication, found.principal, assurance, authTime)
  })
}

async function byFactor(
  services: Services,
  collection: AuthCollection,
  authentication: SessionAuthentication,
  attempt: FactorAttempt,
  context: ClientDetails,
): Promise<RenewedSession> {
  const { principalId, session } = authentication
  const owner = { collection, principalId }
  // The epoch first, so that a code of before a change proves nothing after it.
  const principal = await findPrincipal(services.storage, principalId)
  const claim = await claimFactor(services, owner, () => services.factors.check(services.storage, principalId, attempt))
  const authTime = services.clock()
  return await withFactor(services, owner, async (transaction) => {
    await consumeFactor(services, transaction, owner, claim, context)
    return await renew(services, transaction, authentication, principal, raised(session.amr, claim.kind), authTime)
  })
}

async function renew(
  services: Services,
  transaction: StorageOperations,
  { session }: SessionAuthentication,
  principal: PrincipalState | undefined,
  assurance: Assurance,
  authTime: number,
): Promise<RenewedSession> {
  const sessions = services.sessions.withOperations(transaction)
  const renewed =
    principal?.active === true &&
    (await sessions.renewProof(session.id, { ...assurance, epoch: principal.epoch, authTime }))
  if (!renewed) throw new CardeaError('session_revoked', 'The session has ended.')
  return (await sessions.rotateCookie(session.id)) ?? { cookieMaxAgeSeconds: 0 }
}

import type { AuthCollection } from '@cardea/collections'
import { CardeaError, normalizeEmail } from '@cardea/core'
import { type FactorAttempt, findPrincipal, type PrincipalState } from '@cardea/identity'
import type { ClientDetails } from '@cardea/sessions'
import type { StorageOperations } from '@cardea/storage'
import type { EmailCodeAttempt, Reauthentication, RenewedSession } from '../api/mfa.js'
import type { SessionAuthentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import { assertOwn } from './fresh.js'
import { invalidInput } from './invalid-input.js'
import { lookUpSession } from './look-up-session.js'
import { type Assurance, raised } from './mfa/assurance.js'
import { claimFactor, consumeFactor, withFactor } from './mfa/attempt.js'
import { parseAttempt } from './mfa/parse-attempt.js'
import { assertOtpEnabled, tryOtp } from './otp/codes.js'
import { proveOwnPassword } from './own-password.js'

/**
 * Makes a session fresh: whoever has it proves once more to be its principal. Its cookie gets another token (R18); the
 * refresh token stays.
 *
 * @throws CardeaError `invalid_credentials` for a wrong password or e-mail code, `mfa_invalid` for a wrong second factor,
 * `method_disabled` for an e-mail code where there are none, `rate_limited`, `session_revoked`, `unavailable`.
 */
export async function reauthenticate(
  services: Services,
  collection: AuthCollection,
  caller: SessionAuthentication,
  input: Reauthentication,
  context: ClientDetails,
): Promise<RenewedSession> {
  assertOwn(collection, caller)
  const authentication = await lookUpSession(services, caller)
  const renewed = await prove(services, collection, authentication, input, context)
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

async function prove(
  services: Services,
  collection: AuthCollection,
  authentication: SessionAuthentication,
  input: Reauthentication,
  context: ClientDetails,
): Promise<RenewedSession> {
  if ('password' in input) return await byPassword(services, collection, authentication, input.password)
  if ('emailCode' in input) return await byEmailCode(services, collection, authentication, input, context)
  return await byFactor(services, collection, authentication, parseAttempt(input), context)
}

/** Whoever reads the mail of the account proves no more than by its password: the level of the session stays. */
async function byEmailCode(
  services: Services,
  collection: AuthCollection,
  authentication: SessionAuthentication,
  input: EmailCodeAttempt,
  context: ClientDetails,
): Promise<RenewedSession> {
  await assertOtpEnabled(services, collection)
  const { emailCode: code, flowId } = parseEmailCode(input)
  const { principalId, session } = authentication
  const record = await services.records.find(services.storage, collection, principalId)
  const email = normalizeEmail(record?.['email'])
  const authTime = services.clock()
  const pending =
    email === undefined ? 'no address' : await tryOtp(services, collection, { email, code, flowId }, context)
  const principal = typeof pending === 'string' ? undefined : pending.principal
  if (typeof pending === 'string' || principal?.id !== principalId) {
    throw wrongEmailCode(
      services,
      collection,
      principalId,
      typeof pending === 'string' ? pending : 'of another account',
    )
  }
  const assurance = { amr: session.amr, aal: session.aal >= 2 ? 2 : 1 } as const
  return await services.storage.transaction(async (transaction) => {
    if (!(await services.verifications.consume(transaction, pending))) {
      throw wrongEmailCode(services, collection, principalId, 'used')
    }
    return await renew(services, transaction, authentication, principal, assurance, authTime)
  })
}

function parseEmailCode(input: EmailCodeAttempt): EmailCodeAttempt {
  const issues = Object.entries(input).flatMap(([path, value]) => {
    if (path !== 'emailCode' && path !== 'flowId') {
      return [{ path, code: 'conflicting', message: 'must not be there beside an e-mail code' }]
    }
    if (typeof value === 'string' || (value === undefined && path === 'flowId')) return []
    return [{ path, code: 'invalid_type', message: 'must be of type string' }]
  })
  if (issues.length > 0) throw invalidInput(issues)
  return input
}

function wrongEmailCode(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  reason: string,
): CardeaError {
  const about = { at: services.clock(), collection: collection.name, principalId, reason }
  services.emit({ type: 'session.reauthentication_failed', ...about })
  return new CardeaError('invalid_credentials', 'The code is not right.')
}

async function byPassword(
  services: Services,
  collection: AuthCollection,
  authentication: SessionAuthentication,
  password: unknown,
): Promise<RenewedSession> {
  const { principalId, session } = authentication
  if (typeof password !== 'string') {
    throw invalidInput([{ path: 'password', code: 'invalid_type', message: 'must be of type string' }])
  }
  const authTime = services.clock()
  const { principal } = await proveOwnPassword(services, collection, principalId, password)
  const assurance = { amr: session.amr, aal: session.aal >= 2 ? 2 : 1 } as const
  return await services.storage.transaction(async (transaction) => {
    return await renew(services, transaction, authentication, principal, assurance, authTime)
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

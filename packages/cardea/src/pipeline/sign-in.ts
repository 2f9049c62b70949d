import type { AuthSettings, CollectionRow } from '@cardea/collections'
import type { ErrorCode, MfaChallenge } from '@cardea/core'
import type { StartedSession } from '@cardea/sessions'
import type { StorageOperations } from '@cardea/storage'
import type { SignInContext } from '../api/sign-in.js'
import { requestOf } from '../hooks/request-of.js'
import type { Services } from '../services/services.js'
import { issueTicket } from './mfa-ticket.js'
import { methodReferences, type Proof, type SignInMethod } from './proof.js'
import { requiresSecondFactor } from './second-factor.js'

/** What a proof leads to. */
export type SignInOutcome =
  | {
      readonly status: 'signed_in'
      readonly started: Omit<StartedSession, 'displaced'>
      readonly record: CollectionRow
    }
  | { readonly status: 'mfa_required'; readonly challenge: MfaChallenge }
  | { readonly status: 'refused'; readonly code: ErrorCode; readonly reason: string }

/**
 * The one place where sessions begin: every way to prove who one is ends here.
 *
 * @param operations Where to read and write; the caller's transaction when the principal is made in it.
 * @param known The principal's record, when the caller has it already.
 * @throws CardeaError `forbidden` and others of the hook `beforeSignIn`, which is not called within a transaction.
 */
export async function signIn(
  services: Services,
  proof: Proof,
  request: SignInContext,
  operations: StorageOperations = services.storage,
  known?: CollectionRow,
): Promise<SignInOutcome> {
  const { collection, principal, methods, actor } = proof
  const settings = services.settings(collection)
  if (actor === undefined && !isEnabled(settings, methods[0])) {
    return { status: 'refused', code: 'method_disabled', reason: `${methods[0]} is disabled` }
  }
  if (!principal.active) return { status: 'refused', code: 'invalid_credentials', reason: 'principal is not active' }
  const record = known ?? (await services.records.find(operations, collection, principal.id))
  if (record === undefined) {
    return { status: 'refused', code: 'invalid_credentials', reason: 'principal has no record' }
  }
  // Somebody who has registered a stranger's address must not see whether that has made an account.
  if (settings.registrationAnswer === 'uniform' && methods[0] === 'password' && record['verified'] !== true) {
    return { status: 'refused', code: 'invalid_credentials', reason: 'address is not verified' }
  }
  if (settings.requireVerified && record['verified'] !== true) {
    return { status: 'refused', code: 'email_not_verified', reason: 'address is not verified' }
  }
  if (!(await services.admits(collection, record))) {
    return { status: 'refused', code: 'sign_in_not_allowed', reason: 'the sign-in rule is not met' }
  }
  const second = methods[1]
  // Whoever acts as somebody has proved itself, and has none of the other's factors.
  if (actor === undefined && second === undefined && (await needsSecondFactor(services, settings, proof, operations))) {
    return { status: 'mfa_required', challenge: await issueTicket(services, proof, request, operations) }
  }
  // Within a transaction there is none to wait for; whoever opens one asks before or after.
  if (operations === services.storage) {
    const { name } = collection
    try {
      await services.hooks.before('beforeSignIn', {
        collection: name,
        principalId: principal.id,
        methods,
        // With its hidden fields: it is for what an app keeps from its users that this hook is there.
        user: record,
        request: requestOf(request),
      })
    } catch (error) {
      const reason = 'beforeSignIn'
      services.emit({
        type: 'sign_in.failed',
        at: services.clock(),
        collection: name,
        principalId: principal.id,
        reason,
      })
      throw error
    }
  }
  // Where there is no transaction, what needs one opens its own.
  const sessions = operations === services.storage ? services.sessions : services.sessions.withOperations(operations)
  const { displaced, ...started } = await sessions.start(
    {
      principalId: principal.id,
      collection: collection.name,
      epoch: principal.epoch,
      amr: methodReferences(methods),
      aal: second === undefined ? 1 : 2,
      authTime: proof.provedAt,
      ...(actor === undefined ? {} : { actor }),
    },
    request,
    { ...services.delivery, ...(actor === undefined ? { rememberMe: request.rememberMe } : { tokens: true }) },
  )
  for (const sessionId of displaced) {
    const about = { at: services.clock(), collection: collection.name, principalId: principal.id, sessionId }
    services.emit({ type: 'session.ended', ...about, reason: 'too many sessions' })
  }
  return { status: 'signed_in', started, record }
}

/** Whether the settings allow a sign-in to begin with a method. */
function isEnabled(settings: AuthSettings, method: SignInMethod): boolean {
  if (method === 'password') return settings.password.enabled
  if (method === 'email_otp') return settings.otp.enabled
  // A second factor alone proves nobody.
  return method === 'oauth' && settings.oauth.enabled
}

const needsSecondFactor = async (
  services: Services,
  settings: AuthSettings,
  proof: Proof,
  operations: StorageOperations,
): Promise<boolean> =>
  proof.principal.secondFactors > 0 ||
  (await requiresSecondFactor(services, settings, proof.principal.id, proof.versions, operations))

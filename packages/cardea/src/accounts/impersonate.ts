import { type AuthCollection, isAuthCollection } from '@cardea/collections'
import { CardeaError, type ErrorCode, isCardeaError } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import { findIdentifiedPrincipal, type IdentifiedPrincipal } from '@cardea/identity'
import type { Subject } from '@cardea/permissions'
import type { ClientDetails, SessionActor } from '@cardea/sessions'
import type { Impersonation, ImpersonationInput } from '../api/impersonation.js'
import type { SessionAuthentication } from '../api/sign-in.js'
import type { Proof } from '../pipeline/proof.js'
import { signIn } from '../pipeline/sign-in.js'
import type { Services } from '../services/services.js'
import { invalidInput } from './invalid-input.js'
import { coversSubject } from './key-rights.js'
import { subjectOf, viewUser } from './user-view.js'

const longestReason = 500

/** Begins a session of one principal in which another one acts. */
export async function impersonate(
  services: Services,
  input: ImpersonationInput,
  context: ClientDetails,
): Promise<Impersonation> {
  checkReason(input.reason)
  const { principalId, reason } = input
  const actorId = input.actor.principalId
  const report = (type: 'impersonation.started' | 'impersonation.refused', why: string | undefined, more = {}): void =>
    services.emit({
      type,
      at: services.clock(),
      collection: null,
      // What was asked for may be anything.
      principalId: isUuid(principalId) ? principalId : null,
      actorId,
      ...more,
      ...(why === undefined ? {} : { reason: why }),
    })
  try {
    const both = await lookAtBoth(services, input)
    const { target } = both
    const proof = await proofOf(services, both)
    const outcome = await signIn(services, proof, { ip: context.ip ?? null, userAgent: context.userAgent ?? null })
    if (outcome.status !== 'signed_in') throw refusalOf(outcome.status === 'refused' ? outcome.code : 'forbidden')
    const { started, record } = outcome
    if (started.accessToken === undefined) throw new CardeaError('internal_error', 'No access token was made.')
    const user = await viewUser(services, proof.collection, record, target.versions)
    const { collection } = target.principal
    report('impersonation.started', reason, { collection, sessionId: started.session.id })
    const { accessToken, expiresAt, expiresInSeconds, session } = started
    return { accessToken, expiresAt, expiresInSeconds, session, user }
  } catch (error) {
    report('impersonation.refused', isCardeaError(error) ? error.code : 'internal_error')
    throw error
  }
}

/** Who acts, and as whom, each with epoch and versions of one read. */
interface Both {
  readonly actor: IdentifiedPrincipal
  readonly target: IdentifiedPrincipal
  /** What the actor may do. */
  readonly subject: Subject<string>
}

/** The order matters: the actor's epoch is read first, so that a session that counts after it is one of that epoch or later. */
async function lookAtBoth(
  services: Services,
  { actor: authentication, principalId, collection }: ImpersonationInput,
): Promise<Both> {
  const { storage, sessions } = services
  const session = ownSessionOf(authentication)
  const actor = await findIdentifiedPrincipal(storage, authentication.principalId)
  const living = await sessions.findLiving(session.session.id)
  if (actor === undefined || living?.principalId !== actor.principal.id || living.actorId !== null) {
    throw new CardeaError('session_revoked', 'The session has ended.')
  }
  const subject = await subjectOf(services, actor.principal.id, actor.versions)
  if (!subject.canUnchecked('impersonation:create')) {
    throw new CardeaError('forbidden', 'This needs the permission impersonation:create.')
  }
  if (principalId === actor.principal.id) throw new CardeaError('forbidden', 'Nobody acts as itself.')
  const target = isUuid(principalId) ? await findIdentifiedPrincipal(storage, principalId) : undefined
  if (target === undefined || (collection !== undefined && target.principal.collection !== collection)) {
    throw new CardeaError('not_found', 'There is no such user.')
  }
  return { actor, target, subject }
}

function ownSessionOf(authentication: ImpersonationInput['actor']): SessionAuthentication {
  if (authentication.session === undefined) {
    throw new CardeaError('forbidden', 'This takes a session: API keys are not accepted here.')
  }
  if (authentication.session.actorId !== null) {
    throw new CardeaError('forbidden', 'Whoever acts as somebody already acts as nobody else.')
  }
  return authentication
}

/** Never upwards: the actor has every right that the other has, at the versions that are looked at again when it begins. */
async function proofOf(services: Services, { actor, target, subject }: Both): Promise<Proof> {
  const collection = await collectionOf(services, target)
  const other = await subjectOf(services, target.principal.id, target.versions)
  const labels = (await services.policy.listPermissions()).map(({ label }) => label)
  if (!coversSubject(subject, other, labels)) {
    throw new CardeaError('forbidden', 'The user may do what you may not.')
  }
  const now = services.clock()
  const notAfter = Math.min(now + services.impersonationSeconds * 1_000, subject.validUntil ?? Number.POSITIVE_INFINITY)
  const sessionActor: SessionActor = {
    id: actor.principal.id,
    epoch: actor.principal.epoch,
    authz: actor.versions.authz,
    targetAuthz: target.versions.authz,
    notAfter,
  }
  const { principal, versions } = target
  // Nothing was proved of the principal, so that the session never counts as fresh.
  return { collection, principal, methods: ['impersonation'], provedAt: 0, versions, actor: sessionActor }
}

async function collectionOf(
  { collections }: Services,
  { principal, versions }: IdentifiedPrincipal,
): Promise<AuthCollection> {
  const found = await collections.find(principal.collection)
  if (found === undefined || !isAuthCollection(found)) throw new CardeaError('not_found', 'There is no such user.')
  return await collections.renew(found, versions.config)
}

const refusalOf = (code: ErrorCode): CardeaError =>
  code === 'invalid_credentials'
    ? new CardeaError('forbidden', 'The user is disabled.')
    : new CardeaError(code, 'The user cannot sign in.')

function checkReason(reason: string | undefined): void {
  if (reason === undefined) return
  const wrong = (code: string, message: string) => invalidInput([{ path: 'reason', code, message }])
  if (typeof reason !== 'string') throw wrong('invalid_type', 'must be of type string')
  if (reason.length > longestReason) throw wrong('too_long', `must have at most ${longestReason} characters`)
  if (/\p{Cc}/u.test(reason)) throw wrong('invalid_format', 'must hold no control character')
}

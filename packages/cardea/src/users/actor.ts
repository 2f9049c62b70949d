import { CardeaError } from '@cardea/core'
import { findPrincipal } from '@cardea/identity'
import type { Subject } from '@cardea/permissions'
import type { StorageOperations } from '@cardea/storage'
import { lookUpSession } from '../accounts/look-up-session.js'
import { assertNotActing } from '../accounts/own-session.js'
import { actorBehind } from '../administration/asked-by.js'
import type { Authentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'

/** How long after a proof a session may change what its principal proves itself with (OWASP ASVS 7.5.1). */
const freshMilliseconds = 600_000

/** Who changes users, and what it may, as it is in the transaction of the change. */
export interface Acting {
  readonly by: Authentication
  readonly subject: Subject<string>
  /** The id of its record: where that is in a table of the app's, not its own. */
  readonly recordId: string
}

/**
 * Looks at who asks, before anything else is done: nobody who acts as somebody else, and no token of a session that has ended.
 *
 * @throws CardeaError `forbidden`, `session_revoked`.
 */
export async function admit(services: Services, by: Authentication | undefined): Promise<Authentication | undefined> {
  if (by === undefined) return undefined
  assertNotActing(by)
  return by.session === undefined ? by : await lookUpSession(services, by)
}

/**
 * That a credential has not ended since its request began: one statement, for what goes on for longer than requests do.
 *
 * @throws CardeaError `session_revoked`, `token_invalid`.
 */
export async function requireLiving(services: Services, { session, apiKey }: Authentication): Promise<void> {
  if (session !== undefined) {
    if ((await services.sessions.findLiving(session.id)) !== undefined) return
    throw new CardeaError('session_revoked', 'The session has ended.')
  }
  const key = await services.apiKeys.find(apiKey.id)
  const isLiving = key?.revokedAt === null && (key.expiresAt === null || services.clock() < key.expiresAt)
  if (!isLiving) throw new CardeaError('token_invalid', 'The API key has ended.')
}

/** Whether somebody may do what it is about to: throws where it may not. */
export type RequireRight<About extends readonly unknown[] = []> = (acting: Acting, ...about: About) => unknown

/** That somebody holds a permission. */
export const permitted =
  (permission: string): RequireRight =>
  ({ subject }) => {
    requireHeld(subject, permission)
  }

/**
 * What somebody may within a transaction that holds the policy mutex: two who take each other's rights away at once come one
 * after the other, and the second has none any more. The scopes of an API key count.
 *
 * @throws CardeaError `forbidden` without the permission, and where whoever asks has been disabled meanwhile.
 */
export async function actWithin(
  services: Services,
  transaction: StorageOperations,
  by: Authentication,
  permission: string,
): Promise<Acting> {
  const acting = await lookAtActor(services, transaction, by)
  requireHeld(acting.subject, permission)
  return acting
}

/** The same before it is known what is asked for. @throws CardeaError `forbidden` where whoever asks has been disabled. */
export async function lookAtActor(
  services: Services,
  transaction: StorageOperations,
  by: Authentication,
): Promise<Acting> {
  const state = await findPrincipal(transaction, by.principalId)
  if (state?.active !== true) throw new CardeaError('forbidden', 'The account that asks is not active.')
  const subject = await actorBehind(by)(services.policy.within(transaction), { tenant: '' })
  return { by, subject, recordId: state.recordKey }
}

/** @throws CardeaError `forbidden` */
export function requireHeld(subject: Subject<string>, permission: string): void {
  if (!subject.canUnchecked(permission)) {
    throw new CardeaError('forbidden', `This needs the permission ${permission}.`)
  }
}

/** Whether it is one's own account that one works on, as oneself and not with an API key. */
const isSelf = ({ by }: Acting, principalId: string): boolean =>
  by.principalId === principalId && by.session !== undefined

/**
 * Whoever changes what somebody signs in with, or takes it away, could become that one or shut it out: for those who have all
 * its rights in every tenant, also those that hold for some objects only.
 *
 * @throws CardeaError `forbidden`.
 */
export async function requireCovers(
  services: Services,
  transaction: StorageOperations,
  acting: Acting,
  principalId: string,
): Promise<void> {
  if (acting.subject.bypass || isSelf(acting, principalId)) return
  await services.policy.assertCovers(transaction, principalId, actorBehind(acting.by))
}

/**
 * One's own address, password and account are for the owner in person: with a session in which it has proved itself a moment
 * ago.
 *
 * @throws CardeaError `forbidden` for an API key, `reauthentication_required`.
 */
export function requireInPerson(services: Services, { by }: Acting, principalId: string): void {
  if (by.principalId !== principalId) return
  if (by.session === undefined) {
    throw new CardeaError('forbidden', 'An API key cannot change what its owner signs in with.')
  }
  const age = services.clock() - by.session.authTime
  // Also where the clock has gone back before the proof.
  if (age < 0 || age > freshMilliseconds) {
    throw new CardeaError('reauthentication_required', 'Prove once more who you are.')
  }
}

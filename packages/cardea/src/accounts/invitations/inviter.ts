import type { AuthCollection } from '@cardea/collections'
import { CardeaError, eq, isCardeaError } from '@cardea/core'
import { findPrincipal } from '@cardea/identity'
import type { Actor } from '@cardea/permissions/stored'
import { apiKeys, type StorageOperations } from '@cardea/storage'
import { actorBehind } from '../../administration/asked-by.js'
import type { Authentication } from '../../api/sign-in.js'
import type { Services } from '../../services/services.js'
import { actWithin } from '../../users/actor.js'
import { permissionOn } from '../../users/permission.js'
import { deadToken } from '../recovery/confirm-verification.js'
import type { InvitationTerms } from './invitation.js'

/** What an invitation asks for. */
const permissionToInvite = (collection: AuthCollection): string => permissionOn(collection, 'create')

/**
 * Whoever invites, within a transaction that holds the policy mutex.
 *
 * @returns Its id and epoch: what ends its sessions ends the invitation.
 * @throws CardeaError `forbidden`, `session_revoked`.
 */
export async function requireInviter(
  services: Services,
  transaction: StorageOperations,
  collection: AuthCollection,
  by: Authentication,
): Promise<{ readonly id: string; readonly epoch: number }> {
  await actWithin(services, transaction, by, permissionToInvite(collection))
  const principal = await findPrincipal(transaction, by.principalId)
  // The epoch before the session: one that has passed in between is bound to, and the invitation is born dead.
  const sessionId = by.session?.id
  const living =
    sessionId === undefined || (await services.sessions.withOperations(transaction).findLiving(sessionId)) !== undefined
  if (principal === undefined || !living) throw new CardeaError('session_revoked', 'The session has ended.')
  return { id: principal.id, epoch: principal.epoch }
}

/**
 * Refuses a role that whoever invites could not give itself. What everybody gets by registering, it may.
 *
 * @throws CardeaError `forbidden`
 */
export async function requireGivable(
  { policy, defaultRole }: Services,
  transaction: StorageOperations,
  role: { readonly id: string; readonly label: string },
  by: Authentication | undefined,
): Promise<void> {
  if (by === undefined || role.label === defaultRole || role.id === defaultRole) return
  await policy.assertAssignable(transaction, role.id, actorBehind(by))
}

/**
 * Looks at who has invited as the invitation is accepted: it may still make accounts of the collection, and the API key that it
 * has used has not ended. What it may, roles are then given by.
 *
 * @returns Undefined where the app's code has invited, which may all.
 * @throws CardeaError `token_invalid`.
 */
export async function inviterNow(
  { clock, policy }: Services,
  transaction: StorageOperations,
  collection: AuthCollection,
  { invitedBy, keyId }: InvitationTerms,
): Promise<Actor | undefined> {
  if (invitedBy === undefined) return undefined
  const inviter = await findPrincipal(transaction, invitedBy)
  const key = keyId === undefined ? undefined : await transaction.findOne(apiKeys, { where: eq('id', keyId) })
  const keyHolds =
    keyId === undefined ||
    (key !== undefined && key.revoked_at === null && (key.expires_at === null || key.expires_at > clock()))
  if (inviter?.active !== true || !keyHolds) throw deadToken()
  const scopes = key?.scopes ?? null
  const actor: Actor = async (within, { tenant }) => {
    const subject = await within.subject(invitedBy, undefined, tenant === '' ? {} : { tenant })
    return scopes === null ? subject : subject.restrict(scopes)
  }
  const subject = await actor(policy.within(transaction), { tenant: '' })
  if (!subject.canUnchecked(permissionToInvite(collection))) throw deadToken()
  return actor
}

/** Gives a role by what the inviter may: where that is too little by now, the invitation is worth nothing. */
export async function givenByInviter<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (isCardeaError(error, 'forbidden')) throw deadToken()
    throw error
  }
}

import type { AuthCollection, CollectionRow } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { bumpEpoch } from '@cardea/identity'
import type { StorageOperations } from '@cardea/storage'
import { keepUp } from '../api/keep-up.js'
import type { Authentication, SignInContext } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import { deviceOf } from './guesses.js'
import { keyInSessions } from './key-in-sessions.js'
import { type Notice, sendNotice } from './notices.js'
import { proveOwnPassword } from './own-password.js'
import { assertNotActing } from './own-session.js'
import { passwordRules } from './password-rules.js'

/** A cookie that replaces the caller's; absent where it came without one. */
export interface ChangedPassword {
  readonly cookieToken?: string
  readonly cookieMaxAgeSeconds: number | null
}

/**
 * Changes one's own password, to another one. The epoch moves only if it is still the one that the old password was read
 * under, so of two changes at once one is refused, and whatever was proved with the old password is born dead. The owner is
 * told by mail. Its other devices are not known any more.
 *
 * @throws CardeaError `invalid_credentials`, `weak_password`, `rate_limited` after too many wrong passwords, `session_revoked`,
 * `unavailable`.
 */
export async function changePassword(
  services: Services,
  collection: AuthCollection,
  authentication: Authentication,
  input: { readonly currentPassword: string; readonly newPassword: string },
  context: SignInContext,
): Promise<ChangedPassword> {
  const { principalId, session } = authentication
  if (session === undefined) throw new CardeaError('forbidden', 'This takes a session: API keys are not accepted here.')
  assertNotActing(authentication)
  if (authentication.collection !== collection.name) throw wrongPassword()
  const { principal, versions } = await proveOwnPassword(services, collection, principalId, input.currentPassword)
  await keepUp(services, versions)
  const record = await services.records.find(services.storage, collection, principalId)
  const { hash } = await services.passwords.prepare(input.newPassword, {
    ...passwordRules(services, collection, record ?? {}, 'new_password'),
    previous: input.currentPassword,
  })
  const rotated = await services.storage.transaction(async (transaction) => {
    // What was guessed was the old one.
    const epoch = await bumpEpoch(transaction, principalId, { expectedEpoch: principal.epoch, forgive: true })
    if (epoch === undefined) throw wrongPassword()
    await services.passwords.write(transaction, principalId, hash)
    const sessions = services.sessions.withOperations(transaction)
    // An access token of a session that has ended since may still pass where sessions are not looked up.
    const kept = await sessions.carryOver(transaction, session.id, epoch)
    if (!kept) throw new CardeaError('session_revoked', 'The session has ended.')
    await sessions.revokeAll(principalId, { except: session.id })
    // As the sessions: what is used now stays, and whoever else knew the old password has to sign in as a stranger.
    await services.devices.forget(transaction, principalId, deviceOf(services, context))
    await tellOwner(services, transaction, collection, record, { context, repeats: true })
    return await sessions.rotateCookie(session.id)
  })
  passwordChanged(services, collection, principalId)
  return rotated ?? { cookieMaxAgeSeconds: 0 }
}

const wrongPassword = (): CardeaError => new CardeaError('invalid_credentials', 'The password is not right.')

/** Sets a password for a principal, whoever asks; all its sessions end, its devices are forgotten, and the owner is told by mail. */
export async function setPassword(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  newPassword: string,
): Promise<void> {
  const record = await services.records.find(services.storage, collection, principalId)
  if (record === undefined) throw notFound()
  const { hash } = await services.passwords.prepare(newPassword, passwordRules(services, collection, record))
  await replacePassword(services, collection, principalId, hash, async (transaction) => {
    await services.devices.forget(transaction, principalId)
    await tellOwner(services, transaction, collection, record)
  })
}

/**
 * Sets the hash of a password that another system has made, for a principal that moves here; all its sessions end. Nobody
 * knows what the password is like, so no policy is asked; it is the same password still, so nobody is told and devices stay known.
 *
 * @throws CardeaError `invalid_request` for a hash that cannot be checked here; `not_found`.
 */
export async function setPasswordHash(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  passwordHash: string,
): Promise<void> {
  const { hash } = await services.passwords.prepareImported(passwordHash)
  if ((await services.records.find(services.storage, collection, principalId)) === undefined) throw notFound()
  await replacePassword(services, collection, principalId, hash)
}

async function replacePassword(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  hash: string,
  also: (transaction: StorageOperations) => Promise<void> = async () => undefined,
): Promise<void> {
  await services.storage.transaction(async (transaction) => {
    const epoch = await bumpEpoch(transaction, principalId, { forgive: true })
    if (epoch === undefined) throw notFound()
    await services.passwords.write(transaction, principalId, hash)
    await services.sessions.withOperations(transaction).revokeAll(principalId)
    await also(transaction)
  })
  services.later(() => services.throttle.forgive(services.storage, [keyInSessions(principalId)]))
  passwordChanged(services, collection, principalId)
}

const notFound = (): CardeaError => new CardeaError('not_found', 'There is no such principal.')

async function tellOwner(
  services: Services,
  transaction: StorageOperations,
  collection: AuthCollection,
  record: CollectionRow | undefined,
  how: Pick<Notice, 'context' | 'repeats'> = {},
): Promise<void> {
  if (record === undefined || !services.mail.enabled) return
  await sendNotice(services, transaction, { kind: 'password_changed', collection: collection.name, record, ...how })
}

/** After the commit. */
function passwordChanged(services: Services, collection: AuthCollection, principalId: string): void {
  services.mail.kick()
  services.emit({ type: 'password.changed', at: services.clock(), collection: collection.name, principalId })
}

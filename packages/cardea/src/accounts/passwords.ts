import type { AuthCollection, CollectionRow } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { bumpEpoch } from '@cardea/identity'
import type { ClientDetails } from '@cardea/sessions'
import type { StorageOperations } from '@cardea/storage'
import type { Authentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import { assertOwn } from './fresh.js'
import { sendNotice } from './notices.js'
import { proveOwnPassword } from './own-password.js'
import { passwordRules } from './password-rules.js'

/** A cookie that replaces the caller's; absent where it came without one. */
export interface ChangedPassword {
  readonly cookieToken?: string
  readonly cookieMaxAgeSeconds: number
}

/**
 * Changes one's own password, to another one. The epoch moves only if it is still the one that the old password was read
 * under, so of two changes at once one is refused, and whatever was proved with the old password is born dead.
 */
export async function changePassword(
  services: Services,
  collection: AuthCollection,
  authentication: Authentication,
  input: { readonly currentPassword: string; readonly newPassword: string },
  context: ClientDetails,
): Promise<ChangedPassword> {
  const { principalId, session } = authentication
  if (session === undefined) throw new CardeaError('forbidden', 'An API key cannot change a password.')
  assertOwn(collection, authentication)
  const { principal } = await proveOwnPassword(services, principalId, input.currentPassword)
  const record = await services.records.find(services.storage, collection, principalId)
  const { hash } = await services.passwords.prepare(input.newPassword, {
    ...passwordRules(services, collection, record ?? {}, 'new_password'),
    previous: input.currentPassword,
  })
  const rotated = await services.storage.transaction(async (transaction) => {
    // What was guessed was the old one.
    const epoch = await bumpEpoch(transaction, principalId, { expectedEpoch: principal.epoch, forgive: true })
    if (epoch === undefined) throw new CardeaError('invalid_credentials', 'The current password is not right.')
    await services.passwords.write(transaction, principalId, hash)
    const sessions = services.sessions.withOperations(transaction)
    // An access token of a session that has ended since may still pass where sessions are not looked up.
    const kept = await sessions.carryOver(transaction, session.id, epoch)
    if (!kept) throw new CardeaError('session_revoked', 'The session has ended.')
    await sessions.revokeAll(principalId, { except: session.id })
    if (record !== undefined) await tell(services, transaction, collection, record, context)
    return await sessions.rotateCookie(session.id)
  })
  services.mail.kick()
  passwordChanged(services, collection, principalId)
  return rotated ?? { cookieMaxAgeSeconds: 0 }
}

/** Sets a password for a principal, whoever asks; all its sessions end. */
export async function setPassword(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  newPassword: string,
): Promise<void> {
  const record = await services.records.find(services.storage, collection, principalId)
  if (record === undefined) throw notFound()
  const { hash } = await services.passwords.prepare(newPassword, passwordRules(services, collection, record))
  await replacePassword(services, collection, principalId, hash, record)
}

/**
 * Sets the hash of a password that another system has made, for a principal that moves here; all its sessions end. Nobody
 * knows what the password is like, so no policy is asked.
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
  told?: CollectionRow,
): Promise<void> {
  await services.storage.transaction(async (transaction) => {
    const epoch = await bumpEpoch(transaction, principalId, { forgive: true })
    if (epoch === undefined) throw notFound()
    await services.passwords.write(transaction, principalId, hash)
    await services.sessions.withOperations(transaction).revokeAll(principalId)
    if (told !== undefined) await tell(services, transaction, collection, told)
  })
  services.mail.kick()
  passwordChanged(services, collection, principalId)
}

const tell = (
  services: Services,
  transaction: StorageOperations,
  { name }: AuthCollection,
  record: CollectionRow,
  context?: ClientDetails,
): Promise<void> => sendNotice(services, transaction, { kind: 'password_changed', collection: name, record, context })

const notFound = (): CardeaError => new CardeaError('not_found', 'There is no such principal.')

function passwordChanged(services: Services, collection: AuthCollection, principalId: string): void {
  services.emit({ type: 'password.changed', at: services.clock(), collection: collection.name, principalId })
}

import type { AuthCollection, CollectionRow, PatchValues } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { bumpEpoch, disablePrincipal, enablePrincipal, replaceIdentifier } from '@cardea/identity'
import type { StorageOperations } from '@cardea/storage'
import { sendNotice } from '../accounts/notices.js'
import { moveIdentifiers } from '../accounts/update.js'
import type { Authentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import type { Differences, RoleDifference } from './find-differences.js'
import type { ParsedChange } from './parse-change.js'
import { giveRole, takeRole } from './user-roles.js'

/** Whose record is changed, and as it was before. */
interface Changed {
  readonly collection: AuthCollection
  readonly principalId: string
  readonly record: CollectionRow
  readonly change: ParsedChange
  readonly hash: string | undefined
  readonly by: Authentication | undefined
}

/** Writes what is different; who may has been asked. */
export async function writeChange(
  services: Services,
  transaction: StorageOperations,
  changed: Changed,
  differences: Differences,
): Promise<void> {
  const { collection, principalId, record, change } = changed
  const { fields, email, verified, password, status, roles } = differences
  if (fields.length > 0) {
    await moveIdentifiers(transaction, collection, principalId, record, change.values)
    // Those that are the same are written again, which changes nothing.
    const values: PatchValues = change.values
    await services.records.update(transaction, collection, principalId, values)
  }
  if (email !== undefined || verified !== undefined) {
    await services.records.updateAccount(transaction, collection, principalId, {
      ...(email === undefined ? {} : { email: email.to }),
      ...(verified === undefined ? {} : { verified }),
    })
  }
  if (email !== undefined) await moveAddress(services, transaction, changed, email)
  if (password) await writePassword(services, transaction, changed)
  if (email !== undefined || password) await endSessions(services, transaction, principalId, password)
  if (roles !== undefined) await writeRoles(services, transaction, changed, roles)
  if (status !== undefined) await writeStatus(services, transaction, principalId, status)
}

async function moveAddress(
  services: Services,
  transaction: StorageOperations,
  { collection, principalId, record }: Changed,
  { from, to }: NonNullable<Differences['email']>,
): Promise<void> {
  const { name } = collection
  const moved = await replaceIdentifier(transaction, {
    collection: name,
    kind: 'email',
    key: from,
    principalId,
    newKey: to,
  })
  if (!moved) throw new CardeaError('conflict', 'The record and its identifiers do not agree.')
  // The record as it was: the old address is told.
  await sendNotice(services, transaction, { kind: 'email_changed', collection: name, record })
}

async function writePassword(
  services: Services,
  transaction: StorageOperations,
  { collection, principalId, record, hash }: Changed,
): Promise<void> {
  if (hash === undefined) throw new CardeaError('internal_error', 'A password was not hashed.')
  await services.passwords.write(transaction, principalId, hash)
  await services.devices.forget(transaction, principalId)
  await sendNotice(services, transaction, { kind: 'password_changed', collection: collection.name, record })
}

/** Also those that are just being begun: whatever was proved before carries the epoch that passes here. */
async function endSessions(
  services: Services,
  transaction: StorageOperations,
  principalId: string,
  forgive: boolean,
): Promise<void> {
  await bumpEpoch(transaction, principalId, { forgive })
  await services.sessions.withOperations(transaction).revokeAll(principalId)
}

/** What is taken goes first, so that roles which exclude each other can follow one another; but not the last admin's. */
async function writeRoles(
  services: Services,
  transaction: StorageOperations,
  { principalId, by }: Changed,
  { given, taken }: RoleDifference,
): Promise<void> {
  const take = async (): Promise<void> => {
    for (const { roleId } of taken) await takeRole(services, transaction, { principalId, roleId, by })
  }
  const role = given === undefined ? undefined : await services.policy.within(transaction).findRole(given)
  if (role?.bypass !== true) await take()
  if (role !== undefined) await giveRole(services, transaction, { principalId, role, by })
  if (role?.bypass === true) await take()
  // With other rights it may not be acted as any more, or no longer act.
  await services.sessions.withOperations(transaction).endActing(principalId)
}

/** Keeps somebody from coming back, or lets it; what has ended stays ended. */
export async function writeStatus(
  services: Services,
  transaction: StorageOperations,
  principalId: string,
  status: 'active' | 'disabled',
): Promise<void> {
  if (status === 'active') {
    await enablePrincipal(transaction, principalId)
    return
  }
  await services.policy.assertNotLastAdmin(transaction, principalId)
  await disablePrincipal(transaction, principalId)
  await services.sessions.withOperations(transaction).revokeAll(principalId)
  await services.apiKeys.revokeAll(transaction, principalId)
}

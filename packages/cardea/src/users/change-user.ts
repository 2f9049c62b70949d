import type { AuthCollection, CollectionRow } from '@cardea/collections'
import type { PrincipalState } from '@cardea/identity'
import type { StorageOperations } from '@cardea/storage'
import { keyInSessions } from '../accounts/key-in-sessions.js'
import { passwordRules } from '../accounts/password-rules.js'
import { writeAccount } from '../accounts/write-account.js'
import type { Authentication } from '../api/sign-in.js'
import type { AskedBy } from '../api/users.js'
import { withPresentDefinition } from '../collections/stale.js'
import type { Services } from '../services/services.js'
import { actWithin, admit, requireCovers, requireHeld, requireInPerson } from './actor.js'
import { type Differences, findDifferences, isSensitive } from './find-differences.js'
import { lockMember, noSuchUser } from './find-member.js'
import { type AnyUser, showUser } from './list-users.js'
import { type ParsedChange, parseChange } from './parse-change.js'
import { permissionOn, vouching } from './permission.js'
import { tellOfChange } from './tell-of-change.js'
import { globalRoles, requireRole } from './user-roles.js'
import { writeChange } from './write-change.js'

/** A change that is to be made. */
interface Target {
  readonly collection: AuthCollection
  readonly principalId: string
  readonly change: ParsedChange
  /** Of the new password. */
  readonly hash: string | undefined
  readonly by: Authentication | undefined
}

/** Changes a user, as far as whoever asks may. What is sent as it is already needs no right and has no effect. */
export async function changeUser(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  input: unknown,
  { by: caller }: AskedBy,
): Promise<AnyUser> {
  const change = parseChange(collection, input)
  const by = await admit(services, caller)
  const hash = await hashOf(services, collection, principalId, change)
  const target: Target = { collection, principalId, change, hash, by }
  const { differences, given } = await withPresentDefinition(services, collection, () =>
    writeAccount(services, (transaction) => changeWithin(services, transaction, target)),
  )
  if (differences.password) {
    services.later(() => services.throttle.forgive(services.storage, [keyInSessions(principalId)]))
  }
  tellOfChange(services, { collection, principalId, differences, given, by })
  return await showUser(services, collection, principalId)
}

/** Before the transaction, which waits for no hashing. */
async function hashOf(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  { password, values, email }: ParsedChange,
): Promise<string | undefined> {
  if (password === undefined) return undefined
  const record = await services.records.find(services.storage, collection, principalId)
  if (record === undefined) throw noSuchUser()
  const future = { ...record, ...values, ...(email === undefined ? {} : { email }) }
  return (await services.passwords.prepare(password, passwordRules(services, collection, future))).hash
}

async function changeWithin(
  services: Services,
  transaction: StorageOperations,
  target: Target,
): Promise<{ readonly differences: Differences; readonly given: string | undefined }> {
  const { collection, principalId, change, by } = target
  // Rights and admins are counted here, and change nowhere else meanwhile.
  await services.policy.lock(transaction)
  const before = await lockUser(services, transaction, collection, principalId)
  const role = typeof change.role === 'string' ? await requireRole(services, transaction, change.role) : change.role
  const roles = role === undefined ? [] : await globalRoles(services, transaction, principalId)
  const roleId = role === null || role === undefined ? role : role.id
  const differences = findDifferences(collection, { ...before, roles }, change, roleId)
  if (by !== undefined) await authorize(services, transaction, { ...target, by }, differences)
  await writeChange(services, transaction, { ...target, record: before.record }, differences)
  return { differences, given: differences.roles?.given === undefined ? undefined : (role?.label ?? undefined) }
}

/** A user as it stays until the transaction ends, but for what the transaction changes. */
async function lockUser(
  services: Services,
  transaction: StorageOperations,
  collection: AuthCollection,
  principalId: string,
): Promise<{ readonly principal: PrincipalState; readonly record: CollectionRow }> {
  const principal = await lockMember(transaction, collection, principalId)
  const record = await services.records.find(transaction, collection, principalId)
  if (record === undefined) throw noSuchUser()
  return { principal, record }
}

async function authorize(
  services: Services,
  transaction: StorageOperations,
  { collection, principalId, by }: Target & { readonly by: Authentication },
  differences: Differences,
): Promise<void> {
  const acting = await actWithin(services, transaction, by, permissionOn(collection, 'update'))
  const { password, email, verified, status, identifiers } = differences
  // That a new address is not verified is not for anybody to allow.
  if (verified === true || (verified === false && email === undefined)) requireHeld(acting.subject, vouching)
  // A username, the owner changes with any session; but no API key of its own.
  const isNamed = identifiers.length > 0 && by.session === undefined
  if (password || email !== undefined || status !== undefined || isNamed) {
    requireInPerson(services, acting, principalId)
  }
  if (isSensitive(differences)) await requireCovers(services, transaction, acting, principalId)
}

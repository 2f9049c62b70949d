import type { AuthCollection } from '@cardea/collections'
import { disablePrincipal } from '@cardea/identity'
import { addIdentity } from '@cardea/identity/later'
import type { StoredPolicy } from '@cardea/permissions/stored'
import type { StorageOperations } from '@cardea/storage'
import { createAccount } from '../accounts/new-account.js'
import type { Authentication } from '../api/sign-in.js'
import { usersName } from '../options/users-name.js'
import type { Services } from '../services/services.js'
import { actWithin, requireHeld } from '../users/actor.js'
import { permissionOn, vouching } from '../users/permission.js'
import { giveFirstRole } from '../users/user-roles.js'
import { findTaken, identifierKey, identityKey, keysOf, type Taken } from './find-taken.js'
import type { ParsedImportOptions } from './parse-options.js'
import type { PreparedUser } from './prepare-user.js'
import { type Issues, issue } from './refusal.js'

/** What became of a user. */
export type Outcome = 'imported' | 'updated' | 'skipped' | Issues

type Role = NonNullable<Awaited<ReturnType<StoredPolicy['findRole']>>>

/** What a batch is written with. */
export interface BatchDeps {
  readonly services: Services
  readonly collection: AuthCollection
  readonly options: Pick<ParsedImportOptions, 'onConflict'>
  readonly by: Authentication | undefined
  /** Told once whoever asks is known to be allowed to. */
  readonly onAdmitted: () => void
}

/**
 * Writes users in one transaction. What would break a key is found first: an error of the database ends a transaction. Whoever
 * takes a key between the look and the write makes it fail as a whole.
 *
 * @returns What became of each, in the same order.
 */
export async function writeBatch(
  deps: BatchDeps,
  transaction: StorageOperations,
  users: readonly PreparedUser[],
): Promise<readonly Outcome[]> {
  const { services, collection, by } = deps
  // The policy mutex comes before principals, here as everywhere.
  if (by !== undefined || users.some(({ roles, disabled }) => disabled || (roles ?? []).length > 0)) {
    await services.policy.lock(transaction)
  }
  if (by !== undefined) await authorize(deps, transaction, by)
  deps.onAdmitted()
  const roles = await findRoles(services, transaction, users)
  const taken = await findTaken(transaction, collection.name, users)
  const outcomes: Outcome[] = []
  for (const user of users) outcomes.push(await writeUser(deps, transaction, user, { roles, taken }))
  return outcomes
}

async function authorize(
  { services, collection, options }: BatchDeps,
  transaction: StorageOperations,
  by: Authentication,
): Promise<void> {
  const { subject } = await actWithin(services, transaction, by, permissionOn(collection, 'create'))
  // Whoever brings hashes, verified addresses and accounts at providers says who somebody is.
  requireHeld(subject, vouching)
  if (options.onConflict === 'update') requireHeld(subject, permissionOn(collection, 'update'))
}

async function findRoles(
  services: Services,
  transaction: StorageOperations,
  users: readonly PreparedUser[],
): Promise<ReadonlyMap<string, Role>> {
  const roles = new Map<string, Role>()
  const policy = services.policy.within(transaction)
  for (const label of new Set(users.flatMap((user) => user.roles ?? []))) {
    const role = await policy.findRole(label)
    if (role !== undefined) roles.set(label, role)
  }
  return roles
}

async function writeUser(
  deps: BatchDeps,
  transaction: StorageOperations,
  user: PreparedUser,
  { roles, taken }: { readonly roles: ReadonlyMap<string, Role>; readonly taken: Taken },
): Promise<Outcome> {
  const { services, collection, options } = deps
  const [address, ...others] = user.identifiers
  const existing = address === undefined ? undefined : taken.get(identifierKey(address))
  if (existing !== undefined) {
    if (options.onConflict === 'skip') return 'skipped'
    if (options.onConflict === 'fail') return issue('email', 'email_taken', 'is taken')
    if (Object.keys(user.patch).length === 0) return 'skipped'
    // The address may have gone with its owner since.
    return (await services.records.update(transaction, collection, existing, user.patch)) ? 'updated' : 'skipped'
  }
  const clash = others.find((identifier) => taken.has(identifierKey(identifier)))
  if (clash !== undefined) return issue(clash.kind, 'taken', 'is taken')
  if (user.identities.some((identity) => taken.has(identityKey(identity)))) {
    return issue('identities', 'taken', 'name an account that signs somebody else in')
  }
  if (user.roles?.every((label) => roles.has(label)) === false) {
    return issue('roles', 'unknown_role', 'must be labels or ids of roles')
  }
  const id = await create(deps, transaction, user, roles)
  for (const key of keysOf(user)) taken.set(key, id)
  return 'imported'
}

async function create(
  { services, collection, by }: BatchDeps,
  transaction: StorageOperations,
  user: PreparedUser,
  roles: ReadonlyMap<string, Role>,
): Promise<string> {
  const { email, verified, values, hash, createdAt, identities, disabled } = user
  const role = user.roles === undefined && collection.name === usersName ? services.defaultRole : undefined
  const account = { collection, email, verified, values, hash, role, ...(createdAt === undefined ? {} : { createdAt }) }
  const { id } = await createAccount(services, transaction, account)
  for (const label of user.roles ?? []) {
    const wanted = roles.get(label)
    if (wanted !== undefined) await giveFirstRole(services, transaction, { principalId: id, role: wanted, by })
  }
  for (const identity of identities) {
    const link = { ...identity, collection: collection.name, principalId: id }
    await addIdentity(transaction, { ...link, id: services.createId(), tokens: null, now: services.clock() })
  }
  if (disabled) await disablePrincipal(transaction, id)
  return id
}

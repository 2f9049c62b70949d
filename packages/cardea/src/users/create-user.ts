import type { AuthCollection } from '@cardea/collections'
import type { StorageOperations } from '@cardea/storage'
import { invalidInput } from '../accounts/invalid-input.js'
import { createAccount, type PreparedAccount, prepareAccount } from '../accounts/new-account.js'
import { viewUser } from '../accounts/user-view.js'
import { writeAccount } from '../accounts/write-account.js'
import { askedBy } from '../administration/asked-by.js'
import type { Authentication } from '../api/sign-in.js'
import type { CreateOptions } from '../api/users.js'
import { usersName } from '../options/users-name.js'
import type { Services } from '../services/services.js'
import { actWithin, admit, requireHeld } from './actor.js'
import { permissionOn, vouching } from './permission.js'
import { giveFirstRole, requireRole } from './user-roles.js'

/**
 * Makes an account for somebody else, whether registration is open or not; nobody is signed in.
 *
 * @throws CardeaError whatever `register` throws for the input; `forbidden`.
 */
export async function createUser(
  services: Services,
  collection: AuthCollection,
  input: unknown,
  { verified = false, role, by: caller }: CreateOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const by = await admit(services, caller)
  if (role !== undefined && collection.name !== usersName) throw rolesElsewhere()
  const prepared = await prepareAccount(services, collection, input, services.defaultRole)
  const account = { ...prepared, verified, role: role === undefined ? prepared.role : undefined }
  const { created, given } = await writeAccount(services, async (transaction) => {
    // The policy mutex comes first, as with everything that gives roles by what somebody has.
    if (by !== undefined || role !== undefined) await services.policy.lock(transaction)
    if (by !== undefined) await authorize(services, transaction, { by, account, verified })
    const made = await createAccount(services, transaction, account)
    if (role === undefined || role === null) return { created: made, given: undefined }
    const wanted = await requireRole(services, transaction, role)
    await giveFirstRole(services, transaction, { principalId: made.id, role: wanted, by })
    return { created: made, given: wanted.label }
  })
  const { name } = collection
  const about = { at: services.clock(), principalId: created.id, ...askedBy(by, created.id) }
  services.emit({ type: 'user.registered', collection: name, ...about })
  if (given !== undefined) services.emit({ type: 'role.assigned', collection: null, role: given, ...about })
  return await viewUser(services, collection, created.record, undefined)
}

async function authorize(
  services: Services,
  transaction: StorageOperations,
  {
    by,
    account,
    verified,
  }: { readonly by: Authentication; readonly account: PreparedAccount; readonly verified: boolean },
): Promise<void> {
  const { subject } = await actWithin(services, transaction, by, permissionOn(account.collection, 'create'))
  if (verified) requireHeld(subject, vouching)
}

const rolesElsewhere = () =>
  invalidInput([{ path: 'role', code: 'invalid', message: 'is for users of the built-in collection' }])

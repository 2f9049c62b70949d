import type { AuthCollection, NewValues, ParseOptions } from '@cardea/collections'
import { invalidInput } from '../accounts/invalid-input.js'
import {
  type CreatedAccount,
  createAccount,
  type NewAccount,
  prepareAccount,
  prepareMember,
} from '../accounts/new-account.js'
import { viewUser } from '../accounts/user-view.js'
import { writeAccount } from '../accounts/write-account.js'
import { askedBy } from '../administration/asked-by.js'
import type { Authentication } from '../api/sign-in.js'
import type { CreateOptions } from '../api/users.js'
import { usersName } from '../options/users-name.js'
import type { Services } from '../services/services.js'
import { admit, lookAtActor, permitted, type RequireRight, requireHeld } from './actor.js'
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
  options: CreateOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const by = await admit(services, options.by)
  if (options.role !== undefined && collection.name !== usersName) throw rolesElsewhere()
  const { verified = false, role } = options
  const prepared = await prepareAccount(services, collection, input, services.defaultRole)
  const account = { ...prepared, verified, role: role === undefined ? prepared.role : undefined }
  const requireRight = permitted(permissionOn(collection, 'create'))
  const { record } = await writeMember(services, account, { role, by, requireRight })
  return await viewUser(services, collection, record, undefined)
}

/** How a principal is made through its record. */
interface MemberOptions extends ParseOptions {
  /** Who has been admitted. */
  readonly by: Authentication | undefined
  /** Asked within the transaction. */
  readonly requireRight: RequireRight<[values: NewValues]>
}

/** The same without a role of its own, for whom a rule of the collection lets, and perhaps without a password. */
export async function createMember(
  services: Services,
  collection: AuthCollection,
  input: unknown,
  { by, requireRight, ...options }: MemberOptions,
): Promise<CreatedAccount> {
  const account = await prepareMember(services, collection, input, options)
  return await writeMember(services, account, {
    role: undefined,
    by,
    requireRight: (acting) => requireRight(acting, account.values),
  })
}

interface Making {
  /** Undefined for what everybody gets. */
  readonly role: string | null | undefined
  readonly by: Authentication | undefined
  readonly requireRight: RequireRight
}

async function writeMember(
  services: Services,
  account: NewAccount,
  { role, by, requireRight }: Making,
): Promise<CreatedAccount> {
  const { created, given } = await writeAccount(services, async (transaction) => {
    // The policy mutex comes first, as with everything that gives roles by what somebody has.
    if (by !== undefined || role !== undefined) await services.policy.lock(transaction)
    if (by !== undefined) {
      const acting = await lookAtActor(services, transaction, by)
      await requireRight(acting)
      if (account.verified === true) requireHeld(acting.subject, vouching)
    }
    const made = await createAccount(services, transaction, account)
    if (role === undefined || role === null) return { created: made, given: undefined }
    const wanted = await requireRole(services, transaction, role)
    await giveFirstRole(services, transaction, { principalId: made.id, role: wanted, by })
    return { created: made, given: wanted.label }
  })
  const about = { at: services.clock(), principalId: created.id, ...askedBy(by, created.id) }
  services.emit({ type: 'user.registered', collection: account.collection.name, ...about })
  if (given !== undefined) services.emit({ type: 'role.assigned', collection: null, role: given, ...about })
  return created
}

const rolesElsewhere = () =>
  invalidInput([{ path: 'role', code: 'invalid', message: 'is for users of the built-in collection' }])

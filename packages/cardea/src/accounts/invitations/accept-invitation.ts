import { type AuthCollection, type CollectionRow, type PatchValues, parsePatch } from '@cardea/collections'
import { CardeaError, type ErrorIssue, isCardeaError, normalizeEmail } from '@cardea/core'
import { findByIdentifier, type PendingVerification } from '@cardea/identity'
import type { Actor } from '@cardea/permissions/stored'
import type { StorageOperations } from '@cardea/storage'
import type { SignIn, SignInContext } from '../../api/sign-in.js'
import { presentInput } from '../../collections/present-values.js'
import type { RegisterHook } from '../../hooks/hooks.js'
import { requestOf } from '../../hooks/request-of.js'
import type { Proof } from '../../pipeline/proof.js'
import { type SignInOutcome, signIn } from '../../pipeline/sign-in.js'
import type { Services } from '../../services/services.js'
import { assertAllowedNow } from '../../settings/effective-settings.js'
import { globalRoles } from '../../users/user-roles.js'
import { concludeSignIn } from '../complete-sign-in.js'
import { invalidInput } from '../invalid-input.js'
import { createAccount, type PreparedAccount, prepareAccount } from '../new-account.js'
import { deadToken } from '../recovery/confirm-verification.js'
import { takeOver } from '../take-over.js'
import { moveIdentifiers } from '../update.js'
import { writeAccount } from '../write-account.js'
import { type InvitationTerms, invitationOf, termsOf } from './invitation.js'
import { givenByInviter, inviterNow } from './inviter.js'
import { noPassword, withPassword } from './password-needed.js'

type User = Readonly<Record<string, unknown>>
type Role = NonNullable<Awaited<ReturnType<Services['policy']['findRole']>>>

/** Whose account it is once the transaction ends. */
interface Joined {
  readonly id: string
  readonly epoch: number
  readonly record: CollectionRow
  /** Whether there was an account of the address before. */
  readonly tookOver: boolean
  /** The label of the role that was given by the invitation. */
  readonly given: string | undefined
  /** Absent where a hook is asked before there is a session. */
  readonly outcome: SignInOutcome | undefined
}

/**
 * Makes the account of an invitation, by its token. The slow work comes before the transaction, in which the token is used up
 * together with all that follows: whatever is wrong with the input leaves it good.
 */
export async function acceptInvitation(
  services: Services,
  collection: AuthCollection,
  token: unknown,
  input: unknown,
  context: SignInContext,
): Promise<SignIn<User>> {
  // Nobody has signed in, and nothing that is read on the way would tell of a change.
  await assertAllowedNow(services, collection, withPassword, noPassword)
  const given = readInput(collection, input)
  const pending = await services.verifications.findByToken(services.storage, token, invitationOf(collection))
  if (pending === undefined) throw deadToken()
  const fields = presentInput(services, collection, termsOf(pending).fields)
  const account = await prepareAccount(services, collection, merge(pending, fields, given), services.defaultRole)
  const about = {
    collection: collection.name,
    email: account.email,
    values: account.values,
    request: requestOf(context),
  }
  await services.hooks.before('beforeRegister', about)
  const joined = await joinOnceMore(services, pending, account, context)
  return await conclude(services, { pending, account, joined, about }, context)
}

/** What somebody sends who was invited. */
interface Given {
  readonly email: string | undefined
  /** The password, and fields of the collection. */
  readonly rest: Readonly<Record<string, unknown>>
}

/** Checks what can be checked without the invitation: what is wrong with the input is said whatever the token is. */
function readInput(collection: AuthCollection, input: unknown): Given {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalidInput([{ path: '', code: 'invalid_type', message: 'must be an object' }])
  }
  const { email, ...rest } = input as Readonly<Record<string, unknown>>
  const { password, ...fields } = rest
  const issues: ErrorIssue[] = Object.entries({ email: email ?? '', password }).flatMap(([path, value]) =>
    typeof value === 'string' ? [] : [{ path, code: 'invalid_type', message: 'must be of type string' }],
  )
  const parsed = parsePatch(collection, fields)
  if (!parsed.valid || issues.length > 0) throw invalidInput([...issues, ...(parsed.valid ? [] : parsed.issues)])
  return { email: typeof email === 'string' ? email : undefined, rest }
}

/** What the invitation has decided, and what it leaves open. */
function merge({ subject }: PendingVerification, fields: InvitationTerms['fields'], { email, rest }: Given): object {
  // Somebody else's invitation.
  if (email !== undefined && normalizeEmail(email) !== subject) throw deadToken()
  const decided = Object.keys(rest).filter((name) => rest[name] !== undefined && Object.hasOwn(fields, name))
  if (decided.length > 0) {
    const message = 'was decided by whoever has invited'
    throw invalidInput(decided.map((path) => ({ path, code: 'decided', message })))
  }
  return { ...rest, ...fields, email: subject }
}

/** Where somebody has made an account of the address meanwhile, it is found, and taken over, with the second try. */
async function joinOnceMore(
  services: Services,
  pending: PendingVerification,
  account: PreparedAccount,
  context: SignInContext,
): Promise<Joined> {
  const join = async (): Promise<Joined> => {
    const known = await askToVerify(services, pending, account)
    const acceptance = { pending, account, known }
    return await writeAccount(services, (transaction) => joinWithin(services, transaction, acceptance, context))
  }
  try {
    return await join()
  } catch (error) {
    if (!isCardeaError(error, 'email_taken')) throw error
    return await join()
  }
}

interface Acceptance {
  readonly pending: PendingVerification
  readonly account: PreparedAccount
}

/**
 * Has the app's hook say whether an account that is there may become verified.
 *
 * @returns The account that it was asked about; null where nobody asks, so that it may be any.
 */
async function askToVerify(
  services: Services,
  { subject: email }: PendingVerification,
  { collection }: PreparedAccount,
): Promise<string | undefined | null> {
  if (!services.hooks.has('beforeVerification')) return null
  const { name } = collection
  const known = await findByIdentifier(services.storage, { collection: name, kind: 'email', key: email })
  if (known === undefined) return undefined
  const principalId = known.principal.id
  await services.hooks.before('beforeVerification', { collection: name, principalId, email, purpose: 'verify' })
  return principalId
}

async function joinWithin(
  services: Services,
  transaction: StorageOperations,
  { pending, account, known }: Acceptance & { readonly known: string | undefined | null },
  context: SignInContext,
): Promise<Joined> {
  const { collection } = account
  const terms = termsOf(pending)
  // Who has invited and what it may give stays as it is until the account is there.
  if (terms.invitedBy !== undefined || terms.roleId !== undefined) await services.policy.lock(transaction)
  if (!(await services.verifications.consume(transaction, pending))) throw deadToken()
  const inviter = await inviterNow(services, transaction, collection, terms)
  const role = await roleOf(services, transaction, terms)
  const key = { collection: collection.name, kind: 'email', key: pending.subject }
  const found = await findByIdentifier(transaction, key)
  // Answered by asking once more.
  if (known !== null && found?.principal.id !== known) throw addressTaken()
  const joined =
    found === undefined
      ? await makeAccount(services, transaction, { account, terms, role, inviter })
      : await takeAccount(services, transaction, { account, terms, role, inviter }, found.principal)
  const hooks = services.hooks.has('beforeSignIn') || services.hooks.has('accessTokenClaims')
  // A hook must not hold a transaction open; where there is one, the account is there before it is asked.
  const proof = proofOf(services, collection, joined)
  const outcome = hooks ? undefined : await signIn(services, proof, context, transaction, joined.record)
  return { ...joined, given: role?.label, outcome }
}

/** @throws CardeaError `token_invalid` for a role that there is no more. */
async function roleOf(
  { policy }: Services,
  transaction: StorageOperations,
  { roleId }: InvitationTerms,
): Promise<Role | undefined> {
  if (typeof roleId !== 'string') return undefined
  const role = await policy.within(transaction).findRole(roleId)
  if (role === undefined) throw deadToken()
  return role
}

interface Joining {
  readonly account: PreparedAccount
  readonly terms: InvitationTerms
  readonly role: Role | undefined
  readonly inviter: Actor | undefined
}

type Written = Pick<Joined, 'id' | 'epoch' | 'record' | 'tookOver'>

async function makeAccount(
  services: Services,
  transaction: StorageOperations,
  { account, terms, role, inviter }: Joining,
): Promise<Written> {
  const usual = terms.roleId === undefined ? account.role : undefined
  const { id, record } = await createAccount(services, transaction, { ...account, role: usual, verified: true })
  if (role !== undefined) {
    const by = giverOf(services, role, inviter)
    await givenByInviter(() => services.policy.assignNew(transaction, id, role.id, by))
  }
  return { id, epoch: 0, record, tookOver: false }
}

/**
 * Unverified is not owned: what a stranger may have made of the address is stripped of all that signs in to it, and gets the
 * fields and the role of the invitation.
 */
async function takeAccount(
  services: Services,
  transaction: StorageOperations,
  { account, terms, role, inviter }: Joining,
  principal: { readonly id: string; readonly active: boolean },
): Promise<Written> {
  const { collection, values, hash } = account
  const { id } = principal
  const email = normalizeEmail(account.email) ?? account.email
  const taken = principal.active
    ? await takeOver(services, transaction, { collection, principalId: id, email })
    : undefined
  if (taken === undefined) throw addressTaken()
  await services.passwords.write(transaction, id, hash)
  // What the app has set of its own is no stranger's work, and nothing that an invitation says anything of.
  const shown = Object.entries(values).filter(
    ([name]) => collection.fields[name]?.hidden !== true && collection.fields[name]?.readonly !== true,
  )
  // They were checked as those of a new record, which asks for more than a change does.
  const patch = Object.fromEntries(shown) as unknown as PatchValues
  await moveIdentifiers(transaction, collection, id, taken.record, patch)
  await services.records.update(transaction, collection, id, patch)
  if (terms.roleId !== undefined) await replaceRoles(services, transaction, { id, role, inviter })
  const record = await services.records.find(transaction, collection, id)
  if (record === undefined) throw new CardeaError('internal_error', 'An account has no record.')
  return { id, epoch: taken.epoch, record, tookOver: true }
}

async function replaceRoles(
  services: Services,
  transaction: StorageOperations,
  { id, role, inviter }: { readonly id: string; readonly role: Role | undefined; readonly inviter: Actor | undefined },
): Promise<void> {
  for (const { roleId } of await globalRoles(services, transaction, id)) {
    if (roleId !== role?.id) await services.policy.unassign(transaction, id, roleId)
  }
  if (role === undefined) return
  const by = giverOf(services, role, inviter)
  await givenByInviter(() => services.policy.assign(transaction, id, role.id, by))
}

const addressTaken = (): CardeaError => new CardeaError('email_taken', 'The address has an account.')

/** What everybody gets by registering, also somebody gives who has less. */
const giverOf = ({ defaultRole }: Services, role: Role, inviter: Actor | undefined): { readonly by?: Actor } =>
  inviter === undefined || role.label === defaultRole || role.id === defaultRole ? {} : { by: inviter }

const proofOf = (
  services: Services,
  collection: AuthCollection,
  { id, epoch }: Pick<Joined, 'id' | 'epoch'>,
): Proof => ({
  collection,
  principal: { id, active: true, epoch, secondFactors: 0 },
  methods: ['password'],
  provedAt: services.clock(),
})

/** After the commit: tells everybody who has to know, and hands the session out. */
async function conclude(
  services: Services,
  {
    pending,
    account,
    joined,
    about,
  }: Acceptance & {
    readonly joined: Joined
    readonly about: RegisterHook
  },
  context: SignInContext,
): Promise<SignIn<User>> {
  const { collection } = account
  const { id, record, tookOver, given, outcome } = joined
  services.mail.kick()
  const told = { at: services.clock(), collection: collection.name, principalId: id }
  services.emit({ type: 'invitation.accepted', ...told, invitation: pending.id })
  if (!tookOver) services.emit({ type: 'user.registered', ...told })
  services.emit({ type: 'email.verified', ...told })
  if (given !== undefined)
    services.emit({ type: 'role.assigned', ...told, role: given, actorId: termsOf(pending).invitedBy ?? null })
  if (tookOver) {
    const verified = {
      collection: collection.name,
      principalId: id,
      email: pending.subject,
      purpose: 'verify',
    } as const
    services.hooks.after('afterVerification', verified)
    services.subjects.forget(id)
    services.changes.publish('policy')
  }
  services.hooks.after('afterRegister', { ...about, principalId: id })
  const proof = proofOf(services, collection, joined)
  const result = outcome ?? (await signIn(services, proof, context, services.storage, record))
  return await concludeSignIn(services, proof, context, result, undefined)
}

import type { AuthCollection, CollectionRow } from '@cardea/collections'
import { CardeaError, isCardeaError, normalizeEmail } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import type { Registered, SignInContext } from '../api/sign-in.js'
import type { RegisterHook } from '../hooks/hooks.js'
import { requestOf } from '../hooks/request-of.js'
import { usersName } from '../options/users-name.js'
import type { Proof } from '../pipeline/proof.js'
import { type SignInOutcome, signIn } from '../pipeline/sign-in.js'
import type { Services } from '../services/services.js'
import { latestSettings } from '../settings/effective-settings.js'
import { isSetupCode } from '../setup/setup-code.js'
import { concludeSignIn } from './complete-sign-in.js'
import { invalidInput } from './invalid-input.js'
import { createAccount, type PreparedAccount, prepareAccount } from './new-account.js'
import { enqueueRegistration } from './registration-job.js'
import { viewUser } from './user-view.js'
import { writeAccount } from './write-account.js'

/** What registering has led to, before anybody is told. */
interface Registration {
  readonly about: RegisterHook
  readonly created: { readonly id: string; readonly record: CollectionRow }
  readonly proof: Proof
  /** Absent where a hook is asked before there is a session. */
  readonly outcome: SignInOutcome | undefined
}

/** Signs somebody up. The principal, its record, password, role and first session are written together or not at all. */
export async function register(
  services: Services,
  collection: AuthCollection,
  input: unknown,
  context: SignInContext,
): Promise<Registered<Readonly<Record<string, unknown>>>> {
  const registration = await reportingRefusal(services, collection, () =>
    writeRegistration(services, collection, input, context),
  )
  if (registration === 'accepted') return { status: 'accepted' }
  const { about, created, proof, outcome } = registration
  services.mail.kick()

  const { name } = collection
  services.emit({ type: 'user.registered', at: services.clock(), collection: name, principalId: created.id })
  services.hooks.after('afterRegister', { ...about, principalId: created.id })
  const result = outcome ?? (await signIn(services, proof, context, services.storage, created.record))
  if (result.status === 'refused' && (result.code === 'email_not_verified' || result.code === 'sign_in_not_allowed')) {
    const status = result.code === 'email_not_verified' ? 'verification_required' : result.code
    return { status, user: await viewUser(services, collection, created.record, undefined) }
  }
  return { status: 'signed_in', signIn: await concludeSignIn(services, proof, context, result, undefined) }
}

/** @returns `accepted` where nobody is told whether there was an account. */
async function writeRegistration(
  services: Services,
  collection: AuthCollection,
  input: unknown,
  context: SignInContext,
): Promise<Registration | 'accepted'> {
  const { setupCode, rest } = takeSetupCode(collection, input)
  if (setupCode !== undefined && !isSetupCode(services.keyring, setupCode)) throw wrongSetupCode()
  // Nothing that is read on the way would tell of a change.
  const settings = await latestSettings(services, collection)
  if (setupCode === undefined && settings.registration !== 'open') {
    const why = settings.registration === 'invite' ? 'Registration needs an invitation.' : 'Registration is closed.'
    throw new CardeaError('method_disabled', why)
  }
  if (!settings.password.enabled) throw new CardeaError('method_disabled', 'Passwords are not enabled.')
  const account = await prepareAccount(services, collection, rest, services.defaultRole)

  const about = {
    collection: collection.name,
    email: account.email,
    values: account.values,
    request: requestOf(context),
  }
  await services.hooks.before('beforeRegister', about)
  if (setupCode === undefined && settings.registrationAnswer === 'uniform') {
    await enqueueRegistration(services, account, context)
    return 'accepted'
  }

  // A hook must not hold a transaction open; where there is one, the account is there before it is asked.
  const asksFirst =
    // Nobody is asked about a sign-in that is refused anyway.
    (!settings.requireVerified || setupCode !== undefined) &&
    (services.hooks.has('beforeSignIn') || services.hooks.has('accessTokenClaims'))
  const written = await writeAccount(services, async (transaction) => {
    if (setupCode !== undefined) await claimFirstAdmin(services, transaction, wrongSetupCode)
    const role = setupCode === undefined ? account.role : adminRole
    const made = await createAccount(services, transaction, { ...account, role, verified: setupCode !== undefined })
    const proved: Proof = {
      collection,
      principal: { id: made.id, active: true, epoch: 0, secondFactors: 0 },
      methods: ['password'],
      provedAt: services.clock(),
    }
    if (asksFirst) return { created: made, proof: proved, outcome: undefined }
    const signedIn = await signIn(services, proved, context, transaction, made.record)
    if (signedIn.status === 'refused' && signedIn.code === 'email_not_verified')
      await askToVerify(services, transaction, account)
    return { created: made, proof: proved, outcome: signedIn }
  })
  return { about, ...written }
}

/** Reports why somebody did not get an account, unless it is for what was typed in. */
async function reportingRefusal<Result>(
  services: Services,
  collection: AuthCollection,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (isCardeaError(error) && error.code !== 'invalid_request' && error.code !== 'unknown_field') {
      const { name } = collection
      const about = { at: services.clock(), collection: name, principalId: null, reason: error.code }
      services.emit({ type: 'user.registration_failed', ...about })
    }
    throw error
  }
}

/** Sends the link without which the new account cannot sign in, where there is mail. */
async function askToVerify(
  services: Services,
  transaction: StorageOperations,
  { collection, email }: PreparedAccount,
): Promise<void> {
  const recipient = normalizeEmail(email)
  if (!services.mail.enabled || recipient === undefined) return
  await services.mail.enqueue(transaction, { kind: 'verification', collection: collection.name, recipient })
}

/** The label of the role that every instance has. */
const adminRole = 'admin'

/**
 * Makes an admin, whoever asks; with `first`, unless there is one.
 *
 * @throws CardeaError `conflict` when there is; whatever {@link register} throws for the input.
 */
export async function createAdmin(
  services: Services,
  collection: AuthCollection,
  input: unknown,
  { first }: { readonly first: boolean },
): Promise<Readonly<Record<string, unknown>>> {
  const account = await prepareAccount(services, collection, input, adminRole)
  const created = await writeAccount(services, async (transaction) => {
    const refusal = () => new CardeaError('conflict', 'There is an admin already.')
    if (first) await claimFirstAdmin(services, transaction, refusal)
    // Whoever runs the instance vouches for the address; there may be nothing yet to verify it with.
    return await createAccount(services, transaction, { ...account, verified: true })
  })
  const { name } = collection
  services.emit({ type: 'user.registered', at: services.clock(), collection: name, principalId: created.id })
  return await viewUser(services, collection, created.record, undefined)
}

/** Holds the policy mutex from here to the end of the transaction, so that of several claims only one finds no admin. */
async function claimFirstAdmin(
  services: Services,
  transaction: StorageOperations,
  refusal: () => CardeaError,
): Promise<void> {
  await services.policy.lock(transaction)
  if (await services.policy.hasBypassHolder(transaction)) throw refusal()
}

function takeSetupCode(
  collection: AuthCollection,
  input: unknown,
): { readonly setupCode: string | undefined; readonly rest: unknown } {
  if (collection.name !== usersName || typeof input !== 'object' || input === null) {
    return { setupCode: undefined, rest: input }
  }
  if (!Object.hasOwn(input, 'setup_code')) return { setupCode: undefined, rest: input }
  const { setup_code: setupCode, ...rest } = input as { readonly setup_code: unknown }
  if (typeof setupCode !== 'string') {
    throw invalidInput([{ path: 'setup_code', code: 'invalid_type', message: 'must be of type string' }])
  }
  return { setupCode, rest }
}

const wrongSetupCode = (): CardeaError =>
  new CardeaError('forbidden', 'The set-up code is not right, or there is an admin already.')

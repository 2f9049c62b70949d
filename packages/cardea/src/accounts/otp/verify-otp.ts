import { type AuthCollection, parseNew } from '@cardea/collections'
import { isCardeaError } from '@cardea/core'
import type { PendingVerification, PrincipalState } from '@cardea/identity'
import type { OtpInput } from '../../api/otp.js'
import type { SignIn, SignInContext } from '../../api/sign-in.js'
import { requestOf } from '../../hooks/request-of.js'
import { usersName } from '../../options/users-name.js'
import type { Proof } from '../../pipeline/proof.js'
import type { Services } from '../../services/services.js'
import { completeSignIn, refused } from '../complete-sign-in.js'
import { forgiveAccount } from '../guesses.js'
import { createAccount } from '../new-account.js'
import { takeOver } from '../take-over.js'
import { writeAccount } from '../write-account.js'
import { assertOtpEnabled, tryOtp } from './codes.js'

type Principal = Proof['principal']

/** What a code was made for, where somebody has the address. */
export interface OtpTarget {
  /** Whether the address was verified when the code was made. What makes it so without a code leaves it so. */
  readonly verified: boolean
}

/** Signs in with a code that was sent by mail. */
export async function verifyOtp(
  services: Services,
  collection: AuthCollection,
  input: OtpInput,
  context: SignInContext,
): Promise<SignIn<Readonly<Record<string, unknown>>>> {
  await assertOtpEnabled(services, collection)
  const pending = await tryOtp(services, collection, input, context)
  if (typeof pending === 'string') throw refused(services, collection, null, pending)
  const provedAt = services.clock()
  const current = await services.collections.renew(collection, pending.versions.config)
  // Before anything is used up.
  await assertOtpEnabled(services, current)
  const principal =
    pending.principal === undefined
      ? await create(services, current, pending, context)
      : await enter(services, current, pending, pending.principal)
  if (principal === undefined) throw refused(services, collection, pending.principal?.id ?? null, 'used')
  const signedIn = await completeSignIn(
    services,
    { collection: current, principal, methods: ['email_otp'], provedAt },
    context,
    undefined,
  )
  if (pending.principal !== undefined) await forgiveAccount(services, pending.principal)
  return signedIn
}

/** Uses the code up, and makes the account its owner's where it was not. */
async function enter(
  services: Services,
  collection: AuthCollection,
  pending: PendingVerification,
  principal: PrincipalState,
): Promise<Principal | undefined> {
  const { subject: email } = pending
  const principalId = principal.id
  // Only `prepareOtp` writes this purpose.
  const verifies = !(pending.bound as OtpTarget).verified
  const about = { collection: collection.name, principalId, email, purpose: 'verify' } as const
  if (verifies) await services.hooks.before('beforeVerification', about)
  const entered = await services.storage.transaction(async (transaction) => {
    if (!(await services.verifications.consume(transaction, pending))) return undefined
    const taken = verifies ? await takeOver(services, transaction, { collection, principalId, email }) : undefined
    return { taken }
  })
  if (entered === undefined) return undefined
  const { taken } = entered
  if (taken === undefined) return principal
  services.emit({ type: 'email.verified', at: services.clock(), collection: collection.name, principalId })
  services.hooks.after('afterVerification', about)
  return { ...principal, epoch: taken.epoch, secondFactors: 0 }
}

/** Uses the code up, and makes an account for the address that nobody had. */
async function create(
  services: Services,
  collection: AuthCollection,
  pending: PendingVerification,
  context: SignInContext,
): Promise<Principal | undefined> {
  const { name } = collection
  const { subject: email } = pending
  const parsed = parseNew(collection, {})
  if (!parsed.valid || !makesAccounts(services, collection)) return undefined
  const { values } = parsed
  const about = { collection: name, email, values, request: requestOf(context) }
  await services.hooks.before('beforeRegister', about)
  const id = services.createId()
  const role = name === usersName ? services.defaultRole : undefined
  const account = { collection, email, values, hash: undefined, role, verified: true }
  try {
    const made = await writeAccount(services, async (transaction) => {
      if (!(await services.verifications.consume(transaction, pending))) return undefined
      return await createAccount(services, transaction, account, id)
    })
    if (made === undefined) return undefined
  } catch (error) {
    // Somebody has taken the address since. The code was not made for that account, and says nothing about it.
    if (isCardeaError(error, 'email_taken')) return undefined
    throw error
  }
  services.emit({ type: 'user.registered', at: services.clock(), collection: name, principalId: id })
  services.hooks.after('afterRegister', { ...about, principalId: id })
  return { id, active: true, epoch: 0, secondFactors: 0 }
}

/**
 * Whether a code makes an account for an address that nobody has: where the settings say so, anybody may register, and a
 * record needs nothing but an address.
 */
export function makesAccounts(services: Services, collection: AuthCollection): boolean {
  const { otp, registration } = services.settings(collection)
  return otp.createUser && registration === 'open' && parseNew(collection, {}).valid
}

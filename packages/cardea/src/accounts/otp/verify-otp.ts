import { type AuthCollection, parseNew } from '@cardea/collections'
import { addIdentifier, clearFailedAttempts, createPrincipal, type PendingVerification } from '@cardea/identity'
import type { StorageOperations } from '@cardea/storage'
import type { OtpInput } from '../../api/otp.js'
import type { SignIn, SignInContext } from '../../api/sign-in.js'
import { usersName } from '../../options/users-name.js'
import type { Proof } from '../../pipeline/proof.js'
import type { Services } from '../../services/services.js'
import { completeSignIn, refused } from '../complete-sign-in.js'
import { takeOver } from '../take-over.js'
import { writeAccount } from '../write-account.js'
import { assertOtpEnabled, tryOtp } from './codes.js'

type Principal = Proof['principal']

/** Signs in with a code that was sent by mail. */
export async function verifyOtp(
  services: Services,
  collection: AuthCollection,
  input: OtpInput,
  context: SignInContext,
): Promise<SignIn<Readonly<Record<string, unknown>>>> {
  assertOtpEnabled(services, collection)
  const pending = await tryOtp(services, collection, input, context)
  if (typeof pending === 'string') throw refused(services, collection, null, pending)
  const provedAt = services.clock()
  const current = await services.collections.renew(collection, pending.versions.config)
  const principal = await writeAccount(services, (transaction) => enter(services, transaction, current, pending))
  if (principal === undefined) throw refused(services, collection, pending.principal?.id ?? null, 'used')
  const signedIn = await completeSignIn(
    services,
    { collection: current, principal, methods: ['email_otp'], provedAt },
    context,
    undefined,
  )
  if ((pending.principal?.failedAttempts ?? 0) > 0) await clearFailedAttempts(services.storage, principal.id)
  return signedIn
}

/** Uses the code up, and makes the account its owner's where it was not, or there was none. */
async function enter(
  services: Services,
  transaction: StorageOperations,
  collection: AuthCollection,
  pending: PendingVerification,
): Promise<Principal | undefined> {
  if (!(await services.verifications.consume(transaction, pending))) return undefined
  const { principal, subject: email } = pending
  if (principal === undefined) return await create(services, transaction, collection, email)
  const tookOver = await takeOver(services, transaction, { collection, principalId: principal.id, email })
  return tookOver === undefined ? principal : { ...principal, epoch: tookOver.epoch, secondFactors: 0 }
}

async function create(
  services: Services,
  transaction: StorageOperations,
  collection: AuthCollection,
  email: string,
): Promise<Principal | undefined> {
  if (!makesAccounts(services, collection)) return undefined
  const parsed = parseNew(collection, {})
  if (!parsed.valid) return undefined
  const { name } = collection
  const id = services.createId()
  await createPrincipal(transaction, { id, collection: name, recordKey: id, now: services.clock() })
  await addIdentifier(transaction, { collection: name, kind: 'email', key: email, principalId: id })
  await services.records.insert(transaction, collection, { id, email, verified: true, values: parsed.values })
  if (name === usersName && services.defaultRole !== undefined) {
    await services.policy.assignNew(transaction, id, services.defaultRole)
  }
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

import type { AuthCollection } from '@cardea/collections'
import { bumpEpoch, type PrincipalState } from '@cardea/identity'
import type { ClientDetails } from '@cardea/sessions'
import type { StorageOperations } from '@cardea/storage'
import type { Services } from '../../services/services.js'
import { assertAllowed } from '../../settings/effective-settings.js'
import { forgiveNetwork } from '../guesses.js'
import { sendNotice } from '../notices.js'
import { passwordRules } from '../password-rules.js'
import { takeOver } from '../take-over.js'
import { deadToken } from './confirm-verification.js'
import type { ResetTarget } from './prepare-links.js'

/**
 * Sets a new password by a link's token. The slow work comes before the transaction, in which the token is used up together
 * with all that follows, so a password that is too weak, or a hasher that is busy, leaves the token good.
 */
export async function confirmPasswordReset(
  services: Services,
  known: AuthCollection,
  token: unknown,
  newPassword: string,
  context: ClientDetails,
): Promise<void> {
  const { passwords, storage, verifications } = services
  await assertPasswords(services, known)
  const pending = await verifications.findByToken(storage, token, {
    purpose: 'password_reset',
    collection: known.name,
  })
  const principal = pending?.principal
  if (pending === undefined || principal === undefined) throw deadToken()
  const collection = await services.collections.renew(known, pending.versions.config)
  await assertPasswords(services, collection)
  // Only `prepareReset` writes this purpose.
  const target = pending.bound as ResetTarget
  const record = { id: principal.id, ...target.identity }
  const { hash } = await passwords.prepare(newPassword, passwordRules(services, collection, record))
  const { email } = target.identity
  const verifies = !target.verified && email !== undefined
  const verification = {
    collection: collection.name,
    principalId: principal.id,
    email: email ?? '',
    purpose: 'verify',
  } as const
  if (verifies) await services.hooks.before('beforeVerification', verification)
  const becameVerified = await storage.transaction(async (transaction) => {
    if (!(await verifications.consume(transaction, pending))) throw deadToken()
    const tookOver = await enter(services, transaction, collection, principal, target)
    // A stranger who knew the old password has been here, too.
    if (!tookOver) await services.devices.forget(transaction, principal.id)
    // No session of before counts any more, whose rows are left to the housekeeping; but what was done as others would go on.
    await services.sessions.withOperations(transaction).endAsActor(principal.id)
    await passwords.write(transaction, principal.id, hash)
    const notice = { kind: 'password_changed', collection: collection.name, record, context } as const
    await sendNotice(services, transaction, notice)
    return tookOver
  })
  services.mail.kick()
  services.later(() => forgiveNetwork(services, context, collection, principal.id, target.identity))
  const about = { at: services.clock(), collection: collection.name, principalId: principal.id }
  services.emit({ type: 'password.reset', ...about })
  if (becameVerified) {
    services.emit({ type: 'email.verified', ...about })
    services.hooks.after('afterVerification', verification)
  }
}

const assertPasswords = (services: Services, collection: AuthCollection): Promise<void> =>
  assertAllowed(services, collection, ({ password }) => password.enabled, 'Passwords are not enabled.')

/** Ends all that was issued before. @returns Whether the account was unverified, and is its owner's alone from now on. */
async function enter(
  services: Services,
  transaction: StorageOperations,
  collection: AuthCollection,
  principal: PrincipalState,
  { verified, identity }: ResetTarget,
): Promise<boolean> {
  // Whatever else happened to the account since the link was found has moved its epoch.
  const epoch = await bumpEpoch(transaction, principal.id, { expectedEpoch: principal.epoch, forgive: true })
  if (epoch === undefined) throw deadToken()
  if (verified) return false
  const { email } = identity
  return (
    email !== undefined &&
    (await takeOver(services, transaction, { collection, principalId: principal.id, email })) !== undefined
  )
}

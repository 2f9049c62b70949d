import type { AuthCollection } from '@cardea/collections'
import { CardeaError, normalizeEmail } from '@cardea/core'
import { lockPrincipal, type PendingVerification, type PrincipalState } from '@cardea/identity'
import type { VerificationProof } from '../../api/recovery.js'
import type { Services } from '../../services/services.js'
import { lookUpSession } from '../look-up-session.js'
import { proveOwnPassword } from '../own-password.js'
import { assertNotActing } from '../own-session.js'

export const deadToken = (): CardeaError => new CardeaError('token_invalid', 'The link is not valid any more.')

/** Verifies an address by a link's token and a proof that the account is one's own. */
export async function confirmVerification(
  services: Services,
  collection: AuthCollection,
  token: unknown,
  proof: VerificationProof,
): Promise<void> {
  const { records, storage, verifications } = services
  const pending = await verifications.findByToken(storage, token, {
    purpose: 'email_verification',
    collection: collection.name,
  })
  const principal = pending?.principal
  if (pending === undefined || principal === undefined) throw deadToken()
  const principalId = principal.id
  await assertOwner(services, collection, principal, proof)
  const email = emailOf(pending)
  await services.hooks.before('beforeVerification', {
    collection: collection.name,
    principalId,
    email,
    purpose: 'verify',
  })
  await storage.transaction(async (transaction) => {
    if (!(await verifications.consume(transaction, pending))) throw deadToken()
    // What ended the link has ended the proof that came with it, too.
    if (!(await lockPrincipal(transaction, principalId, principal.epoch))) throw deadToken()
    const record = await records.find(transaction, collection, principalId)
    // The address may have changed since, which another link has proved.
    if (record === undefined || normalizeEmail(record['email']) !== email) throw deadToken()
    await records.updateAccount(transaction, collection, principalId, { verified: true })
  })
  services.emit({ type: 'email.verified', at: services.clock(), collection: collection.name, principalId })
  services.hooks.after('afterVerification', { collection: collection.name, principalId, email, purpose: 'verify' })
}

async function assertOwner(
  services: Services,
  collection: AuthCollection,
  { id, epoch }: PrincipalState,
  proof: VerificationProof,
): Promise<void> {
  if (proof !== undefined && 'authentication' in proof) {
    const { authentication } = proof
    assertNotActing(authentication)
    if (authentication.collection === collection.name && authentication.principalId === id) {
      await lookUpSession(services, authentication)
      return
    }
  }
  if (proof !== undefined && 'password' in proof) {
    const { principal } = await proveOwnPassword(services, collection, id, proof.password)
    if (principal.epoch !== epoch) throw deadToken()
    return
  }
  throw new CardeaError('reauthentication_required', 'Sign in to the account, or send its `password` with the token.', {
    anonymous: true,
  })
}

function emailOf({ bound }: PendingVerification): string {
  if (typeof bound === 'object' && bound !== null && 'email' in bound && typeof bound.email === 'string') {
    return bound.email
  }
  throw deadToken()
}

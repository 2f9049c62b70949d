import type { AuthCollection } from '@cardea/collections'
import { CardeaError, isCardeaError, normalizeEmail } from '@cardea/core'
import { findByIdentifier, findPrincipal, type IdentifiedPrincipal, lockPrincipal } from '@cardea/identity'
import { findByIdentity } from '@cardea/identity/later'
import type { SignInContext } from '../../api/sign-in.js'
import { adoptByAddress } from '../../mapped/adopt-by-address.js'
import type { Proof } from '../../pipeline/proof.js'
import type { Services } from '../../services/services.js'
import { refused } from '../complete-sign-in.js'
import { sendNotice } from '../notices.js'
import { takeOver } from '../take-over.js'
import { assertOAuthEnabled } from './begin.js'
import { createByIdentity } from './create-by-identity.js'
import { emitLinked, noteIdentity, type ProvedIdentity, writeIdentity } from './write-identity.js'

/**
 * Finds who somebody at a provider is here: whom the account signs in already; else who has the same address, both of them
 * verified; else a new principal.
 *
 * @throws CardeaError `email_not_verified`, `email_taken`, `method_disabled`, `invalid_credentials`, `unavailable`.
 */
export async function findOrCreate(
  services: Services,
  collection: AuthCollection,
  proved: ProvedIdentity,
  context: SignInContext,
): Promise<Proof> {
  try {
    return await findOrCreateOnce(services, collection, proved, context)
  } catch (error) {
    // Somebody was quicker, such as a second tab: what was not there is there now.
    if (!isCardeaError(error, 'conflict') && !isCardeaError(error, 'email_taken')) throw error
    return await findOrCreateOnce(services, collection, proved, context)
  }
}

async function findOrCreateOnce(
  services: Services,
  collection: AuthCollection,
  proved: ProvedIdentity,
  context: SignInContext,
): Promise<Proof> {
  const { provider, profile, tokens } = proved
  const { storage } = services
  const key = { collection: collection.name, provider: provider.name, subject: profile.subject }
  const linked = await findByIdentity(storage, key)
  if (linked !== undefined) {
    const { link, principal, versions } = linked
    services.later(() => noteIdentity(services, storage, link.id, profile, tokens))
    const current = await services.collections.renew(collection, versions.config)
    return { collection: current, principal, methods: ['oauth'], provedAt: services.clock(), versions }
  }
  // Also of a provider that the app has written: nothing like true counts.
  const email = profile.emailVerified === true ? normalizeEmail(profile.email) : undefined
  const byAddress = async () =>
    email === undefined
      ? undefined
      : await findByIdentifier(storage, { collection: collection.name, kind: 'email', key: email })
  const known = await byAddress()
  const adopted = known === undefined && email !== undefined && (await adoptByAddress(services, collection, email))
  const found = adopted ? await byAddress() : known
  if (email === undefined || found === undefined) return await createByIdentity(services, collection, proved, context)
  const current = await services.collections.renew(collection, found.versions.config)
  await assertOAuthEnabled(services, current)
  if (!services.settings(current).oauth.linkByEmail) {
    throw new CardeaError('email_taken', 'The address has an account. Sign in, then link the provider.')
  }
  return await linkByEmail(services, current, { ...proved, email, found }, context)
}

async function linkByEmail(
  services: Services,
  collection: AuthCollection,
  proved: ProvedIdentity & { readonly email: string; readonly found: IdentifiedPrincipal },
  context: SignInContext,
): Promise<Proof> {
  const { email, found, provider } = proved
  const principalId = found.principal.id
  const owned = { collection, principalId }
  if (!found.principal.active) throw refused(services, collection, principalId, 'principal is not active')
  const before = await services.records.find(services.storage, collection, principalId)
  const about = { collection: collection.name, principalId, email, purpose: 'verify' } as const
  const verifies = before !== undefined && before['verified'] !== true
  if (verifies) await services.hooks.before('beforeVerification', about)

  const principal = await services.storage.transaction(async (transaction) => {
    await lockPrincipal(transaction, principalId)
    const state = await findPrincipal(transaction, principalId)
    const record = await services.records.find(transaction, collection, principalId)
    if (state === undefined || record === undefined || normalizeEmail(record['email']) !== email)
      throw changedMeanwhile()
    // Verified meanwhile, or no longer: whichever hook was asked was asked about something else.
    if ((record['verified'] !== true) !== verifies) throw changedMeanwhile()
    if (!verifies) {
      await writeIdentity(services, transaction, owned, proved)
      const details = { provider: provider.label }
      await sendNotice(services, transaction, {
        kind: 'identity_linked',
        collection: collection.name,
        record,
        context,
        details,
      })
      return state
    }
    const taken = await takeOver(services, transaction, { ...owned, email })
    if (taken === undefined) throw changedMeanwhile()
    await writeIdentity(services, transaction, owned, proved)
    return { ...state, epoch: taken.epoch, secondFactors: 0 }
  })
  services.mail.kick()
  emitLinked(services, collection, principalId)
  if (verifies) services.hooks.after('afterVerification', about)
  return { collection, principal, methods: ['oauth'], provedAt: services.clock(), versions: found.versions }
}

/** Answered by looking once more. */
const changedMeanwhile = (): CardeaError => new CardeaError('conflict', 'The account has changed meanwhile.')

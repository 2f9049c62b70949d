import { type AuthCollection, type NewValues, parseNew } from '@cardea/collections'
import { CardeaError, isCardeaError, normalizeEmail } from '@cardea/core'
import type { SignInContext } from '../../api/sign-in.js'
import { requestOf } from '../../hooks/request-of.js'
import { usersName } from '../../options/users-name.js'
import type { Proof } from '../../pipeline/proof.js'
import type { Services } from '../../services/services.js'
import { latestOf } from '../../settings/effective-settings.js'
import { invalidInput } from '../invalid-input.js'
import { createAccount } from '../new-account.js'
import { writeAccount } from '../write-account.js'
import { type ProvedIdentity, writeIdentity } from './write-identity.js'

/**
 * Makes an account for somebody who is new. Nothing of it comes from the client: the address is the provider's, and it is
 * verified when the provider says so.
 *
 * @throws CardeaError `method_disabled` where nobody can become a user this way; `email_not_verified` when there is no
 * address, or one that may be somebody else's; `email_taken`, `invalid_request` where the collection wants more.
 */
export async function createByIdentity(
  services: Services,
  known: AuthCollection,
  proved: ProvedIdentity,
  context: SignInContext,
): Promise<Proof> {
  const { profile } = proved
  // What has found nobody has told of no change either.
  const collection = await latestOf(services, known)
  const settings = services.settings(collection)
  if (!settings.oauth.enabled || !settings.oauth.createUser || settings.registration !== 'open') {
    throw new CardeaError('method_disabled', 'Nobody can become a user through a provider.')
  }
  const email = normalizeEmail(profile.email)
  const verified = profile.emailVerified === true
  // Where sign-up tells nobody who has an account, an address that anybody may have entered must not tell either.
  if (email === undefined || (!verified && settings.registrationAnswer === 'uniform')) throw notVerified()
  const values = valuesOf(collection, profile.name)
  const about = { collection: collection.name, email, values, request: requestOf(context) }
  await services.hooks.before('beforeRegister', about)

  const { name } = collection
  const role = name === usersName ? services.defaultRole : undefined
  const id = services.createId()
  // Without a link to verify the address by, there would be no way on.
  const asks = !verified && settings.requireVerified && services.mail.enabled
  try {
    await writeAccount(services, async (transaction) => {
      await createAccount(services, transaction, { collection, email, verified, values, hash: undefined, role }, id)
      await writeIdentity(services, transaction, { collection, principalId: id }, proved)
      if (asks) await services.mail.enqueue(transaction, { kind: 'verification', collection: name, recipient: email })
    })
    if (asks) services.mail.kick()
  } catch (error) {
    // It is not for somebody who does not have the mailbox to learn that it has an account.
    if (isCardeaError(error, 'email_taken') && !verified) throw notVerified()
    throw error
  }
  services.emit({ type: 'user.registered', at: services.clock(), collection: name, principalId: id })
  services.hooks.after('afterRegister', { ...about, principalId: id })
  const principal = { id, active: true, epoch: 0, secondFactors: 0 }
  return { collection, principal, methods: ['oauth'], provedAt: services.clock() }
}

/** The name, where the collection has a field for it that takes it, and defaults. */
function valuesOf(collection: AuthCollection, name: string | undefined): NewValues {
  const named = name === undefined || !Object.hasOwn(collection.fields, 'name') ? {} : { name }
  const parsed = parseNew(collection, named)
  if (parsed.valid) return parsed.values
  const bare = parseNew(collection, {})
  if (bare.valid) return bare.values
  throw invalidInput(bare.issues)
}

const notVerified = (): CardeaError =>
  new CardeaError('email_not_verified', 'The provider does not vouch for an address of this account.')

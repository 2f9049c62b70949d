import type { AuthCollection } from '@cardea/collections'
import type { Services } from '../../services/services.js'
import { assertAllowedNow } from '../../settings/effective-settings.js'
import { addressOf, maySend } from './address.js'

/** Asks for a link that verifies an address: the same two statements for every address. */
export async function requestVerification(
  services: Services,
  collection: AuthCollection,
  email: unknown,
): Promise<void> {
  await requestLink(services, collection, 'verification', email)
}

/** Asks for a link that sets a new password: the same two statements for every address. */
export async function requestPasswordReset(
  services: Services,
  collection: AuthCollection,
  email: unknown,
): Promise<void> {
  await assertAllowedNow(services, collection, ({ password }) => password.enabled, 'Passwords are not enabled.')
  await requestLink(services, collection, 'password_reset', email)
}

async function requestLink(
  services: Services,
  collection: AuthCollection,
  kind: 'verification' | 'password_reset',
  email: unknown,
): Promise<void> {
  services.mail.assertEnabled()
  const recipient = addressOf(email)
  if (!(await maySend(services, kind, collection, recipient))) return
  await services.mail.enqueue(services.storage, { kind, collection: collection.name, recipient })
  services.mail.kick()
}

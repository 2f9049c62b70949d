import type { AuthCollection } from '@cardea/collections'
import { CardeaError, normalizeEmail } from '@cardea/core'
import { bumpEpoch, findIdentifiedPrincipal, replaceIdentifier } from '@cardea/identity'
import type { ClientDetails } from '@cardea/sessions'
import type { ConfirmedEmailChange } from '../../api/recovery.js'
import type { SessionAuthentication } from '../../api/sign-in.js'
import type { Services } from '../../services/services.js'
import { assertFresh, assertOwn } from '../fresh.js'
import { lookUpSession } from '../look-up-session.js'
import { sendNotice } from '../notices.js'
import { proveOwnPassword } from '../own-password.js'
import { assertNotActing } from '../own-session.js'
import { writeAccount } from '../write-account.js'
import { addressOf, maySend } from './address.js'
import { deadToken } from './confirm-verification.js'
import type { EmailChangePayload, EmailChangeTarget } from './prepare-links.js'

/** Asks for a link to a new address. Whether somebody has that address changes nothing of the answer. */
export async function requestEmailChange(
  services: Services,
  collection: AuthCollection,
  caller: SessionAuthentication,
  input: { readonly newEmail: unknown; readonly password?: string | undefined },
): Promise<void> {
  services.mail.assertEnabled()
  assertOwn(collection, caller)
  const recipient = addressOf(input.newEmail, 'new_email')
  const authentication = await lookUpSession(services, caller)
  const principal = await provedPrincipal(services, collection, authentication, input.password)
  // One budget for the account, so that nobody floods strangers by it, and one for the address.
  const mayAsk = await maySend(services, 'email_change', collection, principal.id, { limit: 5, periodSeconds: 3_600 })
  if (!mayAsk || !(await maySend(services, 'email_change_to', collection, recipient))) return
  const payload: EmailChangePayload = { principalId: principal.id, epoch: principal.epoch }
  await services.mail.enqueue(services.storage, {
    kind: 'email_change',
    collection: collection.name,
    recipient,
    payload: { ...payload },
  })
  services.mail.kick()
  const about = { at: services.clock(), collection: collection.name, principalId: principal.id }
  services.emit({ type: 'email.change_requested', ...about })
}

async function provedPrincipal(
  services: Services,
  collection: AuthCollection,
  authentication: SessionAuthentication,
  password: string | undefined,
): Promise<{ readonly id: string; readonly epoch: number }> {
  const { principalId } = authentication
  if (password !== undefined) return (await proveOwnPassword(services, collection, principalId, password)).principal
  const found = await findIdentifiedPrincipal(services.storage, principalId)
  if (found === undefined || found.credential !== undefined) {
    throw new CardeaError('reauthentication_required', 'The password is needed to change the address.')
  }
  // Without a password, what counts is how lately its owner has signed in.
  assertFresh(services, collection, authentication)
  return found.principal
}

/** Changes the address by a link's token. */
export async function confirmEmailChange(
  services: Services,
  collection: AuthCollection,
  token: unknown,
  authentication: SessionAuthentication | undefined,
  context: ClientDetails,
): Promise<ConfirmedEmailChange> {
  if (authentication !== undefined) assertNotActing(authentication)
  const { records, storage, verifications } = services
  const { name } = collection
  const pending = await verifications.findByToken(storage, token, { purpose: 'email_change', collection: name })
  const principal = pending?.principal
  if (pending === undefined || principal === undefined) throw deadToken()
  const principalId = principal.id
  // Only `prepareEmailChange` writes this purpose.
  const { from, to } = pending.bound as EmailChangeTarget
  const about = { collection: name, principalId, email: to, purpose: 'change' } as const
  await services.hooks.before('beforeVerification', about)
  const rotated = await writeAccount(services, async (transaction) => {
    if (!(await verifications.consume(transaction, pending))) throw deadToken()
    const epoch = await bumpEpoch(transaction, principalId, { expectedEpoch: principal.epoch })
    const record = await records.find(transaction, collection, principalId)
    if (epoch === undefined || record === undefined || normalizeEmail(record['email']) !== from) throw deadToken()
    const moved = await replaceIdentifier(transaction, {
      collection: name,
      kind: 'email',
      key: from,
      principalId,
      newKey: to,
    })
    if (!moved) throw deadToken()
    await records.updateAccount(transaction, collection, principalId, { email: to, verified: true })
    const sessions = services.sessions.withOperations(transaction)
    const own = authentication?.principalId === principalId ? authentication.session.id : undefined
    const kept = own !== undefined && (await sessions.carryOver(transaction, own, epoch)) ? own : undefined
    await sessions.revokeAll(principalId, { except: kept })
    // The record as it was: the old address is told.
    await sendNotice(services, transaction, { kind: 'email_changed', collection: name, record, context })
    return kept === undefined ? undefined : await sessions.rotateCookie(kept)
  })
  services.mail.kick()
  services.emit({ type: 'email.changed', at: services.clock(), collection: name, principalId })
  services.hooks.after('afterVerification', about)
  return { email: to, ...(rotated ?? { cookieMaxAgeSeconds: 0 }) }
}

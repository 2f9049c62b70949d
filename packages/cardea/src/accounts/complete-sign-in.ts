import type { AuthCollection, CollectionRow } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import type { SignIn, SignInContext } from '../api/sign-in.js'
import { requestOf } from '../hooks/request-of.js'
import type { Proof } from '../pipeline/proof.js'
import { type SignInOutcome, signIn } from '../pipeline/sign-in.js'
import type { Services } from '../services/services.js'
import { deviceOf } from './guesses.js'
import { sendNotice } from './notices.js'
import { principalIdOf } from './principal-of.js'
import { type SeenVersions, viewUser } from './user-view.js'

const messages: ReadonlyMap<string, string> = new Map([
  ['email_not_verified', 'The e-mail address has to be verified first.'],
  ['sign_in_not_allowed', 'This account may not sign in.'],
  ['method_disabled', 'This way of signing in is not enabled.'],
])

/** Turns a proof into a session, and tells everybody who has to know. @throws CardeaError for whatever stands in the way. */
export async function completeSignIn(
  services: Services,
  proof: Proof,
  context: SignInContext,
  versions: SeenVersions | undefined,
): Promise<SignIn<Readonly<Record<string, unknown>>>> {
  const outcome = await signIn(services, proof, context)
  return await concludeSignIn(services, proof, context, outcome, versions)
}

/** The same from an outcome on. */
export async function concludeSignIn(
  services: Services,
  proof: Proof,
  context: SignInContext,
  outcome: SignInOutcome,
  versions: SeenVersions | undefined,
): Promise<SignIn<Readonly<Record<string, unknown>>>> {
  const { collection, principal, methods } = proof
  if (outcome.status === 'mfa_required') {
    const { challenge } = outcome
    const { name } = collection
    services.emit({
      type: 'sign_in.mfa_required',
      at: services.clock(),
      collection: name,
      principalId: principal.id,
    })
    throw new CardeaError('mfa_required', 'A second factor is needed.', { mfa: challenge })
  }
  if (outcome.status === 'refused') {
    const { code, reason } = outcome
    const refusal = refused(services, collection, principal.id, reason)
    if (code === 'invalid_credentials') throw refusal
    throw new CardeaError(code, messages.get(code) ?? 'Signing in was refused.')
  }
  const { record, started } = outcome
  const { name } = collection
  const sessionId = started.session.id
  services.emit({
    type: 'sign_in.succeeded',
    at: services.clock(),
    collection: name,
    principalId: principal.id,
    sessionId,
  })
  const device = noteDevice(services, collection, { record, epoch: principal.epoch }, context)
  const user = await viewUser(services, collection, record, versions)
  if (services.hooks.has('afterSignIn')) {
    const about = { collection: name, principalId: principal.id, methods, user, request: requestOf(context), sessionId }
    services.hooks.after('afterSignIn', about)
  }
  return { user, ...started, ...device }
}

/** What is remembered of one account: more browsers than anybody has. */
const mostDevices = 100

/** One message for every reason that an outsider must not tell apart. */
export function refused(
  services: Services,
  collection: AuthCollection,
  principalId: string | null,
  reason: string,
): CardeaError {
  services.emit({ type: 'sign_in.failed', at: services.clock(), collection: collection.name, principalId, reason })
  return new CardeaError('invalid_credentials', 'The sign-in details are not right.')
}

/**
 * Notes where the sign-in came from, and tells the owner by mail if that is new; nobody waits for it.
 *
 * @returns A token for a browser that has none yet.
 */
function noteDevice(
  services: Services,
  collection: AuthCollection,
  { record, epoch }: { readonly record: CollectionRow; readonly epoch: number },
  context: SignInContext,
): { readonly deviceToken?: string } {
  const { devices, storage } = services
  const device = deviceOf(services, context)
  const made = device.token === undefined && context.keepsDeviceToken === true ? devices.createToken() : undefined
  const token = device.token ?? made
  const principalId = principalIdOf(record)
  services.later(async () => {
    const isNew = await devices.remember(storage, { id: principalId, epoch }, { ...device, token })
    // Whoever signs in for the first time need not be told.
    const entries = token === undefined ? 1 : 2
    if (!isNew) return
    const known = await devices.count(storage, principalId)
    if (known > mostDevices) await devices.keepNewest(storage, principalId, mostDevices)
    if (known <= entries) return
    await sendNotice(services, storage, { kind: 'new_device', collection: collection.name, record, context })
  })
  return made === undefined ? {} : { deviceToken: made }
}

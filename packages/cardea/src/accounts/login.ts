import { type AuthCollection, authSettings, identityFields } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { findByIdentifier, isPossiblePassword } from '@cardea/identity'
import type { ClientDetails } from '@cardea/sessions'
import type { SignIn } from '../api/sign-in.js'
import { signIn } from '../pipeline/sign-in.js'
import type { Services } from '../services/services.js'
import { normalizeIdentifier } from './identifiers-of.js'
import { invalidInput } from './invalid-input.js'
import { viewUser } from './user-view.js'

/** Signs in with a password. Unknown accounts cost the same work as known ones. */
export async function login(
  services: Services,
  collection: AuthCollection,
  input: unknown,
  context: ClientDetails,
): Promise<SignIn<Readonly<Record<string, unknown>>>> {
  const { kind, value, password } = parseLogin(collection, input)
  if (!authSettings(collection).password.enabled) {
    throw new CardeaError('method_disabled', 'Signing in with a password is not enabled.')
  }
  // Nobody has such a password. Refused before the look-up: without hashing, its time would tell who has an account.
  if (!isPossiblePassword(password)) throw refused(services, collection, null, 'unacceptable_password')
  const key = normalizeIdentifier(kind, value)
  const found =
    key === undefined ? undefined : await findByIdentifier(services.storage, { collection: collection.name, kind, key })
  const provedAt = services.clock()
  const proof = await services.passwords.prove(found?.credential, password)
  if (found === undefined || !proof.proved) {
    throw refused(services, collection, found?.principal.id ?? null, proof.proved ? 'unknown' : proof.reason)
  }
  const { principal, credential, versions } = found
  const current = await services.collections.renew(collection, versions.config)
  const outcome = await signIn(
    services,
    {
      collection: current,
      principalId: principal.id,
      active: principal.active,
      epoch: principal.epoch,
      method: 'pwd',
      provedAt,
    },
    context,
  )
  if (outcome.status === 'refused') {
    if (outcome.code === 'invalid_credentials') throw refused(services, collection, principal.id, outcome.reason)
    throw new CardeaError(outcome.code, refusalMessages.get(outcome.code) ?? 'Signing in was refused.')
  }
  if (proof.needsRehash && credential !== undefined) {
    services.later(() => services.passwords.rehash(services.storage, principal.id, credential.hash, password))
  }
  services.emit({
    type: 'sign_in.succeeded',
    at: services.clock(),
    collection: collection.name,
    principalId: principal.id,
    sessionId: outcome.started.session.id,
  })
  return { user: await viewUser(services, current, outcome.record, versions), ...outcome.started }
}

const refusalMessages: ReadonlyMap<string, string> = new Map([
  ['email_not_verified', 'The e-mail address has to be verified first.'],
  ['method_disabled', 'Signing in with a password is not enabled.'],
])

/** One message for every reason that an outsider must not tell apart. */
function refused(
  services: Services,
  collection: AuthCollection,
  principalId: string | null,
  reason: string,
): CardeaError {
  services.emit({ type: 'sign_in.failed', at: services.clock(), collection: collection.name, principalId, reason })
  return new CardeaError('invalid_credentials', 'The sign-in details are not right.')
}

function parseLogin(
  collection: AuthCollection,
  input: unknown,
): { readonly kind: string; readonly value: string; readonly password: string } {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalidInput([{ path: '', code: 'invalid_type', message: 'must be an object' }])
  }
  const kinds = identityFields(collection)
  const entries = Object.entries(input)
  const issues = entries.flatMap(([name, value]) => {
    if (name !== 'password' && !kinds.includes(name)) {
      return [{ path: name, code: 'unknown_field', message: 'is not a known field' }]
    }
    return typeof value === 'string' ? [] : [{ path: name, code: 'invalid_type', message: 'must be of type string' }]
  })
  const given = kinds.filter((kind) => Object.hasOwn(input, kind))
  if (given.length !== 1) {
    issues.push({ path: kinds[0] ?? '', code: 'required', message: `exactly one of ${kinds.join(', ')} is needed` })
  }
  if (!Object.hasOwn(input, 'password')) issues.push({ path: 'password', code: 'required', message: 'is required' })
  if (issues.length > 0) throw invalidInput(issues)
  // The checks above leave two entries, both of them strings.
  const values = new Map(entries as [string, string][])
  const kind = given[0] ?? ''
  return { kind, value: values.get(kind) ?? '', password: values.get('password') ?? '' }
}

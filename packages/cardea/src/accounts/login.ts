import { type AuthCollection, type AuthSettings, identityFields } from '@cardea/collections'
import { findByIdentifier, isPossiblePassword } from '@cardea/identity'
import type { SignIn, SignInContext } from '../api/sign-in.js'
import { requireIdentifier } from '../collections/stale.js'
import type { Services } from '../services/services.js'
import { assertAllowed } from '../settings/effective-settings.js'
import { completeSignIn, refused } from './complete-sign-in.js'
import { countFailure, forgiveGuesses, identifyGuesser, lookAtGuesses, spendLastResort } from './guesses.js'
import { normalizeIdentifier } from './identifiers-of.js'
import { invalidInput } from './invalid-input.js'

/**
 * Signs in with a password. Unknown accounts cost the same work and statements as known ones, and an account that is locked
 * for where the guess comes from answers as to a wrong password.
 */
export async function login(
  services: Services,
  collection: AuthCollection,
  input: unknown,
  context: SignInContext,
): Promise<SignIn<Readonly<Record<string, unknown>>>> {
  const { kind, value, password } = parseLogin(collection, input)
  await assertAllowed(services, collection, withPassword, noPassword)
  // Nobody has such a password. Refused before the look-up: without hashing, its time would tell who has an account.
  if (!isPossiblePassword(password)) throw refused(services, collection, null, 'unacceptable_password')
  const { storage } = services
  const key = normalizeIdentifier(kind, value)
  const found =
    key === undefined ? undefined : await findByIdentifier(storage, { collection: collection.name, kind, key })
  // For known accounts, too, so that they cost the same. Every collection has e-mail addresses.
  if (kind !== 'email') await requireIdentifier(services, collection, kind)
  const principal = found?.principal
  const account = { collection, kind, name: key ?? value }
  const guesser = await identifyGuesser(services, context, account, principal)
  const provedAt = services.clock()
  const proof = await services.passwords.prove(found?.credential, password)
  // Looked at after the work, so that of many guesses at once those count that were wrong before.
  const { blocked, locked, failures, waitsForHour } = await lookAtGuesses(services, guesser, principal)
  if (found === undefined || !proof.proved || locked || !found.principal.active) {
    // Right or wrong, so that neither statements nor time tell. Where guesses are blocked nobody learns anything, so nothing
    // counts; where the account is locked they do, as they would for one that there is not.
    if (!blocked) {
      if (!waitsForHour) await spendLastResort(services, account)
      await countFailure(services, collection, guesser, principal, context)
    }
    const reason = proof.proved ? (locked ? 'locked' : 'principal is not active') : proof.reason
    throw refused(services, collection, principal?.id ?? null, reason)
  }
  const { credential, versions } = found
  // Whatever else the sign-in needs, such as a second factor, the password was right.
  if (proof.needsRehash && credential !== undefined) {
    services.later(() => services.passwords.rehash(storage, found.principal.id, credential.hash, password))
  }
  const current = await services.collections.renew(collection, versions.config)
  const signedIn = await completeSignIn(
    services,
    { collection: current, principal: found.principal, methods: ['password'], provedAt, versions },
    context,
    versions,
  )
  services.later(() => forgiveGuesses(services, guesser, found.principal, failures))
  return signedIn
}

const withPassword = ({ password }: AuthSettings): boolean => password.enabled
const noPassword = 'Signing in with a password is not enabled.'

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

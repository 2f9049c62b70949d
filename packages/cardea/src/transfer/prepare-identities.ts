import type { AuthCollection } from '@cardea/collections'
import { normalizeEmail } from '@cardea/core'
import type { Services } from '../services/services.js'
import type { NeutralIdentity } from './neutral-user.js'
import { type Issues, issue } from './refusal.js'

/** An account at a provider of this app. */
export interface ImportedIdentity {
  readonly provider: string
  readonly subject: string
  readonly email: string | null
}

/** What other systems call the providers that Cardea knows. */
const usualNames: Readonly<Record<string, string>> = {
  'google.com': 'google',
  'google-oauth2': 'google',
  'github.com': 'github',
  'apple.com': 'apple',
}

const mostIdentities = 100
/** What the column holds. */
const mostSubjectBytes = 255

/**
 * Checks the accounts at providers of one user. A provider that this app does not have is a mistake rather than left out: those
 * users would have lost their way in, and a provider of that name that comes later would let in whoever has the name there.
 */
export function prepareIdentities(
  { oauth }: Pick<Services, 'oauth'>,
  collection: AuthCollection,
  identities: readonly NeutralIdentity[],
  providers: Readonly<Record<string, string | null>>,
): { readonly identities: readonly ImportedIdentity[]; readonly issues?: Issues } {
  const known = new Set(oauth.providersOf(collection).map(({ name }) => name))
  const found = new Map<string, ImportedIdentity>()
  const unknown = new Set<string>()
  if (identities.length > mostIdentities) return refused('too_big', 'are too many')
  for (const { provider: theirs, subject, email } of identities) {
    if (typeof theirs !== 'string') return refused('invalid_type', 'must each name their provider')
    const provider = nameHere(theirs, providers)
    if (provider === null) continue
    if (!known.has(provider)) {
      unknown.add(theirs)
      continue
    }
    if (typeof subject !== 'string' || !isSubject(subject)) {
      return refused('invalid_format', 'must each have the name of the account at the provider')
    }
    const address = typeof email === 'string' ? normalizeEmail(email) : undefined
    found.set(JSON.stringify([provider, subject]), { provider, subject, email: address ?? null })
  }
  return unknown.size === 0
    ? { identities: [...found.values()] }
    : refused('unknown_provider', sayUnknown([...unknown]))
}

/** Says which, but for what is written like no provider's name and may be a value of somebody, such as an address. */
function sayUnknown(providers: readonly string[]): string {
  const named = providers.filter((name) => /^[\w.-]{1,64}$/.test(name)).slice(0, 5)
  const which = named.length === 0 ? '' : ` (${named.join(', ')})`
  return `name a provider that this collection does not have${which}`
}

function nameHere(theirs: string, providers: Readonly<Record<string, string | null>>): string | null {
  if (Object.hasOwn(providers, theirs)) return providers[theirs] ?? null
  return (Object.hasOwn(usualNames, theirs) ? usualNames[theirs] : undefined) ?? theirs
}

const isSubject = (subject: string): boolean =>
  subject !== '' &&
  subject.isWellFormed() &&
  !subject.includes('\u0000') &&
  Buffer.byteLength(subject) <= mostSubjectBytes

const refused = (code: string, message: string) => ({ identities: [], issues: issue('identities', code, message) })

import { sha256 } from '@cardea/core/crypto'
import type { AuthorizationRequest } from '../provider.js'
import type { CatalogueEntry } from './entry.js'
import type { Places } from './places.js'

/** As much of arctic's classes as is used here: they differ in what they take, which the catalogue says. */
type ArcticClass = new (
  ...options: (string | null | Uint8Array)[]
) => {
  createAuthorizationURL(...parts: (string | string[])[]): URL
}

export interface Beginning {
  readonly entry: CatalogueEntry
  readonly places: Places
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly parameters: Readonly<Record<string, string>>
  /** Another page than the provider's own. */
  readonly page: string | undefined
}

/** The address of a provider's sign-in page, as arctic makes it, with what this package asks beyond that. */
export async function beginWithArctic(
  { entry, places, clientId, scopes, parameters, page }: Beginning,
  { state, nonce, codeVerifier, redirectUri }: AuthorizationRequest,
): Promise<URL> {
  const arctic = await import('arctic')
  // A test holds the catalogue to name classes of arctic, and what they take.
  const Provider = (arctic as unknown as Readonly<Record<string, ArcticClass>>)[entry.arctic]
  if (Provider === undefined) throw new TypeError(`arctic has no ${entry.arctic}`)
  const provider = new Provider(...classOptions(entry, places, clientId), redirectUri)
  const parts = { state, codeVerifier, scopes: [...scopes] }
  const made = provider.createAuthorizationURL(...entry.begin.map((part) => parts[part]))
  const url = page === undefined ? made : new URL(page)
  for (const [key, value] of made.searchParams) url.searchParams.set(key, value)
  for (const [key, value] of Object.entries({ ...entry.parameters, ...parameters })) url.searchParams.set(key, value)
  // Some of arctic's classes leave it to the app to send a state.
  url.searchParams.set('state', state)
  if (entry.pkce === 'added') {
    url.searchParams.set('code_challenge', sha256(codeVerifier))
    url.searchParams.set('code_challenge_method', 'S256')
  }
  if (entry.identify.from === 'id_token') url.searchParams.set('nonce', nonce)
  if (entry.responseMode === 'form_post') url.searchParams.set('response_mode', 'form_post')
  return url
}

/** The secret is not among them: it is for the token endpoint, which arctic is not used for. */
function classOptions(
  { construct, at }: CatalogueEntry,
  places: Places,
  clientId: string,
): (string | null | Uint8Array)[] {
  if (construct === 'without_secret') return [clientId]
  if (construct === 'apple') return [clientId, '', '', new Uint8Array()]
  if (construct === 'host_and_path')
    return [places.host, places.path === '' ? null : places.path.slice(1), clientId, '']
  return at === undefined ? [clientId, ''] : [places.at, clientId, '']
}

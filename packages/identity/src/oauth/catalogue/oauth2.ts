import { CardeaError } from '@cardea/core'
import { connectPlan, type Identified, type ProviderPlan } from '../connect-plan.js'
import { createKeySet } from '../id-token/key-set.js'
import { verifyIdToken } from '../id-token/verify-id-token.js'
import { readProfile } from '../profile/read-profile.js'
import type { CallbackRequest, OAuthEnvironment, OAuthProvider, OAuthTokens } from '../provider.js'
import { checkProviderOptions, type ProviderOptions } from '../provider-options.js'
import { type AppleKey, signAppleSecret } from './apple-secret.js'
import { beginWithArctic } from './begin.js'
import { catalogue } from './catalogue.js'
import { entraIssuer } from './entra-issuer.js'
import type { CatalogueEntry } from './entry.js'
import { askInterface } from './identify.js'
import { fill, type Places, placesOf } from './places.js'

/** A provider that is known by name: all that arctic has, such as `discord`, `gitlab`, `spotify`. */
export type KnownProvider = keyof typeof catalogue

/** The names of all providers that are known. */
export const knownProviders: readonly KnownProvider[] = Object.freeze(
  // The keys of an object that is written out.
  Object.keys(catalogue) as KnownProvider[],
)

export interface KnownProviderOptions extends ProviderOptions {
  /**
   * Where it is, for one that has many places: the host name for `amazon-cognito`, `auth0` and `salesforce`; the host name
   * and the id of an authorization server, such as `dev-1.okta.com/default`, for `okta`; the address for `authentik`,
   * `gitea`, `gitlab`, `keycloak` (with its realm), `mastodon` and `synology`.
   */
  readonly at?: string
}

/**
 * A provider by its name.
 *
 * @example oauth2('discord', { clientId: '…', clientSecret: '…' })
 * @throws CardeaError `configuration_invalid`, which names the option and never its value.
 */
export function oauth2(known: KnownProvider, options: KnownProviderOptions): OAuthProvider {
  if (!Object.hasOwn(catalogue, known))
    throw new CardeaError('configuration_invalid', 'oauth2: no provider of this name')
  if (known === 'apple') throw new CardeaError('configuration_invalid', 'oauth2: Apple has no secret; use apple()')
  if (known === 'microsoft-entra-id') {
    throw new CardeaError('configuration_invalid', 'oauth2: Microsoft Entra ID has tenants; use microsoftEntraId()')
  }
  return createKnownProvider(known, options)
}

/** The one adapter behind all of them. */
export function createKnownProvider(
  known: KnownProvider,
  options: KnownProviderOptions,
  appleKey?: AppleKey,
): OAuthProvider {
  const entry: CatalogueEntry = catalogue[known]
  const name = checkProviderOptions('oauth2', options, known)
  const secretless = entry.token.authentication === 'none' || entry.token.authentication === 'apple'
  if (!secretless && options.clientSecret === undefined) {
    throw new CardeaError('configuration_invalid', `oauth2: clientSecret is required for ${entry.label}`)
  }
  const places = placesOf(entry, options.at, options.clientId)
  return Object.freeze({
    name,
    label: options.label ?? entry.label,
    kind: entry.identify.from === 'id_token' ? 'oidc' : 'oauth2',
    responseMode: entry.responseMode ?? 'query',
    connect(environment: OAuthEnvironment) {
      const plan = planOf(environment, { entry, options, places, appleKey })
      return connectPlan(environment, async () => ({ ok: true, plan }))
    },
  } as const)
}

interface Known {
  readonly entry: CatalogueEntry
  readonly options: KnownProviderOptions
  readonly places: Places
  readonly appleKey: AppleKey | undefined
}

function planOf(environment: OAuthEnvironment, known: Known): ProviderPlan {
  const { entry, options, places, appleKey } = known
  const { token } = entry
  const { clientId, clientSecret, endpoints } = options
  const scopes = options.scopes ?? entry.scopes
  const fields = { ...token.fields, ...(token.scope && scopes.length > 0 ? { scope: scopes.join(' ') } : {}) }
  const issuer = expectedIssuer(known)
  return {
    beginAt: async (request) =>
      await beginWithArctic(
        { entry, places, clientId, scopes, parameters: options.parameters ?? {}, page: endpoints?.authorization },
        request,
      ),
    token: {
      url: endpoints?.token ?? fill(token.url, places),
      authentication: token.authentication === 'apple' ? 'post' : token.authentication,
      clientId,
      clientSecret,
      pkce: entry.pkce !== 'no',
      fields,
      ...(token.clientIdField === undefined ? {} : { clientIdField: token.clientIdField }),
      ...(token.at === undefined ? {} : { at: token.at }),
    },
    ...(appleKey === undefined
      ? {}
      : { clientSecret: async () => await signAppleSecret(environment.clock, clientId, appleKey) }),
    issuer: typeof issuer === 'string' ? issuer : undefined,
    namesIssuer: false,
    identify: identification(environment, known, issuer),
  }
}

function expectedIssuer({ entry, options, places }: Known): ReturnType<typeof entraIssuer> | undefined {
  const { identify } = entry
  if (identify.from !== 'id_token') return undefined
  if (identify.issuer !== 'entra') return options.endpoints?.issuer ?? fill(identify.issuer, places)
  return options.endpoints?.issuer ?? entraIssuer('https://login.microsoftonline.com', places.at)
}

/** Made once: it holds what is remembered of the provider's keys. */
function identification(
  environment: OAuthEnvironment,
  { entry, options, places }: Known,
  issuer: ReturnType<typeof entraIssuer> | undefined,
): (tokens: OAuthTokens, answer: Readonly<Record<string, unknown>>, callback: CallbackRequest) => Promise<Identified> {
  const { identify, profile: paths } = entry
  const { clientId, endpoints } = options
  const trustsEmail = options.trustEmail ?? true
  if (identify.from === 'tokens') return async (_, answer) => readProfile(answer, paths, trustsEmail)
  if (identify.from === 'interface') {
    const headers = Object.fromEntries(
      Object.entries(identify.headers ?? {}).map(([key, value]) => [key, fill(value, places)]),
    )
    const { addresses } = identify
    const request = {
      ...identify,
      headers,
      url: endpoints?.userInfo ?? fill(identify.url, places),
      ...(addresses === undefined ? {} : { addresses: { ...addresses, url: endpoints?.addresses ?? addresses.url } }),
    }
    return async ({ access }) => await askInterface(environment, request, access, { paths, trustsEmail })
  }
  const keys = createKeySet(environment, endpoints?.jwks ?? fill(identify.jwks, places))
  return async ({ idToken }, _, { nonce }) => {
    const verified = await verifyIdToken(environment, keys, idToken, { issuer: issuer ?? '', clientId, nonce })
    return verified.ok ? readProfile(verified.claims, paths, trustsEmail) : verified
  }
}

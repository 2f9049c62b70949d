import { CardeaError } from '@cardea/core'
import { sha256 } from '@cardea/core/crypto'
import { askInterface } from '../catalogue/identify.js'
import { connectPlan, type Identified, type PlanResult } from '../connect-plan.js'
import { isTrustworthyUrl } from '../http/guarded-fetch.js'
import { createKeySet, type KeySet } from '../id-token/key-set.js'
import { verifyIdToken } from '../id-token/verify-id-token.js'
import { textAt } from '../profile/read-path.js'
import { type ProfilePaths, readProfile } from '../profile/read-profile.js'
import {
  type AuthorizationRequest,
  type CallbackRequest,
  failure,
  type OAuthEnvironment,
  type OAuthProvider,
  type OAuthTokens,
} from '../provider.js'
import { checkProviderOptions, type ProviderOptions } from '../provider-options.js'
import type { ClientAuthentication } from '../token/request-tokens.js'
import { createDiscovery, type IssuerMetadata } from './discover.js'

export interface OidcOptions extends Omit<ProviderOptions, 'endpoints'> {
  /** Its name in URLs and in the database. */
  readonly name: string
  /** The issuer, exactly as its document and its tokens have it. https; http for this machine alone. */
  readonly issuer: string
}

/** OpenID Connect Core §5.1. */
const claims: ProfilePaths = { subject: 'sub', email: 'email', emailVerified: 'email_verified', name: 'name' }

/**
 * Any provider of OpenID Connect, by its discovery document.
 *
 * @throws CardeaError `configuration_invalid`, which names the option and never its value.
 * @see OpenID Connect Core 1.0, Discovery 1.0
 */
export function oidc(options: OidcOptions): OAuthProvider {
  const name = checkProviderOptions('oidc', options, options.name)
  if (typeof options.issuer !== 'string' || !isTrustworthyUrl(options.issuer) || /[?#]/.test(options.issuer)) {
    throw new CardeaError(
      'configuration_invalid',
      'oidc: issuer must be an https address without query (http for localhost alone)',
    )
  }
  return Object.freeze({
    name,
    label: options.label ?? name,
    kind: 'oidc',
    responseMode: 'query',
    connect(environment: OAuthEnvironment) {
      const discover = createDiscovery(environment, options.issuer)
      let keys: { readonly url: string; readonly set: KeySet } | undefined
      return connectPlan(environment, async () => {
        const found = await discover()
        if (!found.ok) return found
        const { metadata } = found
        if (keys?.url !== metadata.jwks) keys = { url: metadata.jwks, set: createKeySet(environment, metadata.jwks) }
        return planOf(environment, options, metadata, keys.set)
      })
    },
  } as const)
}

function planOf(
  environment: OAuthEnvironment,
  options: OidcOptions,
  metadata: IssuerMetadata,
  keys: KeySet,
): PlanResult {
  const { clientId, clientSecret, issuer } = options
  const authentication = clientSecret === undefined ? 'none' : authenticationOf(metadata)
  if (authentication === undefined) return failure('provider_answer_invalid', 'no way to prove the client')
  return {
    ok: true,
    plan: {
      beginAt: async (request) => authorizationUrl(options, metadata.authorization, request),
      token: { url: metadata.token, authentication, clientId, clientSecret, pkce: true },
      issuer,
      namesIssuer: metadata.namesIssuer,
      identify: async (tokens, _, callback) => await identify(environment, options, metadata, keys, tokens, callback),
    },
  }
}

function authenticationOf({ authenticationMethods }: IssuerMetadata): ClientAuthentication | undefined {
  if (authenticationMethods.includes('client_secret_basic')) return 'basic_encoded'
  return authenticationMethods.includes('client_secret_post') ? 'post' : undefined
}

function authorizationUrl(
  { clientId, scopes, parameters }: OidcOptions,
  page: string,
  { state, nonce, codeVerifier, redirectUri, fresh }: AuthorizationRequest,
): URL {
  const url = new URL(page)
  const asked = new Set(['openid', ...(scopes ?? ['profile', 'email'])])
  const all = {
    ...parameters,
    // Whoever sits at the browser has to show once more who it is; a session at the provider is not enough.
    ...(fresh === true ? { prompt: 'login', max_age: '0' } : {}),
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: [...asked].join(' '),
    state,
    nonce,
    code_challenge: sha256(codeVerifier),
    code_challenge_method: 'S256',
  }
  for (const [key, value] of Object.entries(all)) url.searchParams.set(key, value)
  return url
}

async function identify(
  environment: OAuthEnvironment,
  { clientId, issuer, trustEmail }: OidcOptions,
  metadata: IssuerMetadata,
  keys: KeySet,
  { idToken, access }: OAuthTokens,
  { nonce, fresh }: CallbackRequest,
): Promise<Identified> {
  const trustsEmail = trustEmail ?? true
  const verified = await verifyIdToken(environment, keys, idToken, { issuer, clientId, nonce })
  if (!verified.ok) return verified
  if (fresh === true && !isFresh(environment, verified.claims['auth_time']))
    return failure('id_token_invalid', 'auth_time')
  const proved = readProfile(verified.claims, claims, trustsEmail)
  if (!proved.ok || textAt(verified.claims, 'email') !== undefined || metadata.userInfo === undefined) return proved
  const asked = await askInterface(environment, { url: metadata.userInfo }, access, { paths: claims, trustsEmail })
  if (!asked.ok) return asked
  // An access token that was swapped shows in whose it is (OpenID Connect Core §5.3.2).
  if (asked.profile.subject !== proved.profile.subject)
    return failure('id_token_invalid', 'user info of another subject')
  return asked
}

/** How long ago a sign-in at the provider may be that was asked for anew: as long as the round trip may take. */
const freshMilliseconds = 11 * 60_000

/** A provider that was asked for the age of a sign-in has to tell it (OpenID Connect Core §3.1.2.1, `max_age`). */
const isFresh = ({ clock }: OAuthEnvironment, authTime: unknown): boolean =>
  typeof authTime === 'number' && clock() - authTime * 1000 <= freshMilliseconds

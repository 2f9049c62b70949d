export type { AppleKey } from './catalogue/apple-secret.js'
export {
  type AppleOptions,
  apple,
  type EntraOptions,
  github,
  google,
  microsoftEntraId,
  type SecretProviderOptions,
} from './catalogue/named.js'
export { type KnownProvider, type KnownProviderOptions, knownProviders, oauth2 } from './catalogue/oauth2.js'
export { type OidcOptions, oidc } from './oidc/oidc.js'
export type {
  AuthorizationRequest,
  AuthorizationResult,
  CallbackRequest,
  ExchangeResult,
  Fetch,
  OAuthConnection,
  OAuthEnvironment,
  OAuthFailure,
  OAuthFailureReason,
  OAuthKind,
  OAuthProfile,
  OAuthProvider,
  OAuthResponseMode,
  OAuthTokens,
} from './provider.js'
export { type EndpointOptions, isProviderName, type ProviderOptions } from './provider-options.js'

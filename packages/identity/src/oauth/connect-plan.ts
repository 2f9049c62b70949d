import type { OAuthFailure, OAuthProfile, OAuthTokens } from './provider.js'
import {
  type AuthorizationRequest,
  type CallbackRequest,
  failure,
  type OAuthConnection,
  type OAuthEnvironment,
} from './provider.js'
import { requestTokens, type TokenEndpoint } from './token/request-tokens.js'

export type Identified = { readonly ok: true; readonly profile: OAuthProfile } | OAuthFailure

/** What a sign-in at a provider takes. */
export interface ProviderPlan {
  readonly beginAt: (request: AuthorizationRequest) => Promise<URL>
  readonly token: TokenEndpoint
  /** Made for each exchange: the secret may be one that expires. */
  readonly clientSecret?: () => Promise<string>
  /** Who answers, when the provider has a name for itself (RFC 9207). */
  readonly issuer: string | undefined
  /** Whether the provider promises to name itself in each answer. */
  readonly namesIssuer: boolean
  readonly identify: (
    tokens: OAuthTokens,
    answer: Readonly<Record<string, unknown>>,
    callback: CallbackRequest,
  ) => Promise<Identified>
}

export type PlanResult = { readonly ok: true; readonly plan: ProviderPlan } | OAuthFailure

/** Runs a plan, which may first have to be found out. */
export function connectPlan(environment: OAuthEnvironment, find: () => Promise<PlanResult>): OAuthConnection {
  return {
    async authorizationUrl(request) {
      const found = await find()
      if (!found.ok) return found
      return { ok: true, url: (await found.plan.beginAt(request)).href }
    },
    async exchange(callback) {
      const found = await find()
      if (!found.ok) return found
      const { plan } = found
      // Before the code is sent anywhere: it may be meant for another provider (RFC 9207 §2.4).
      const { iss } = callback.params
      if (plan.issuer !== undefined && (iss === undefined ? plan.namesIssuer : iss !== plan.issuer)) {
        return failure('issuer_mismatch', iss === undefined ? 'the answer names no issuer' : 'another issuer answers')
      }
      const clientSecret = plan.clientSecret === undefined ? plan.token.clientSecret : await plan.clientSecret()
      const redeemed = await requestTokens(environment, { ...plan.token, clientSecret }, callback)
      if (!redeemed.ok) return redeemed
      const identified = await plan.identify(redeemed.tokens, redeemed.answer, callback)
      return identified.ok ? { ...identified, tokens: redeemed.tokens } : identified
    },
  }
}

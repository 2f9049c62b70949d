import { guardedFetch, isTrustworthyUrl } from '../http/guarded-fetch.js'
import { isObject, textAt } from '../profile/read-path.js'
import { failure, type OAuthEnvironment, type OAuthFailure } from '../provider.js'

/** How long a document is taken to be right: keys have a life of their own. */
const freshMilliseconds = 60 * 60_000

/** What an issuer says about itself (OpenID Connect Discovery 1.0 §3). */
export interface IssuerMetadata {
  readonly authorization: string
  readonly token: string
  readonly jwks: string
  readonly userInfo: string | undefined
  /** How clients may prove themselves; the default of the standard when it does not say. */
  readonly authenticationMethods: readonly string[]
  /** Whether each answer names its issuer (RFC 9207). */
  readonly namesIssuer: boolean
}

export type Discovery = { readonly ok: true; readonly metadata: IssuerMetadata } | OAuthFailure

/** Reads an issuer's document, and remembers it for an hour. A failure is not remembered. */
export function createDiscovery(environment: OAuthEnvironment, issuer: string): () => Promise<Discovery> {
  let known: { readonly at: number; readonly found: Discovery & { readonly ok: true } } | undefined
  let running: Promise<Discovery> | undefined
  const load = async (): Promise<Discovery> => {
    const found = await readDocument(environment, issuer)
    if (found.ok) known = { at: environment.clock(), found }
    return found
  }
  return async () => {
    if (known !== undefined && environment.clock() - known.at < freshMilliseconds) return known.found
    running ??= load().finally(() => {
      running = undefined
    })
    return await running
  }
}

async function readDocument(environment: OAuthEnvironment, issuer: string): Promise<Discovery> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const answer = await guardedFetch(environment, { url })
  if (!answer.ok) return answer
  const { status, json } = answer
  if (status !== 200 || !isObject(json)) return failure('provider_answer_invalid', `discovery: status ${status}`)
  // One that speaks for another issuer would lend it its endpoints.
  if (json['issuer'] !== issuer) return failure('issuer_mismatch', 'the document is of another issuer')
  const authorization = trustworthy(json, 'authorization_endpoint')
  const token = trustworthy(json, 'token_endpoint')
  const jwks = trustworthy(json, 'jwks_uri')
  if (authorization === undefined || token === undefined || jwks === undefined) {
    return failure('provider_answer_invalid', 'discovery: an endpoint is missing or not https')
  }
  const methods = json['token_endpoint_auth_methods_supported']
  return {
    ok: true,
    metadata: {
      authorization,
      token,
      jwks,
      userInfo: trustworthy(json, 'userinfo_endpoint'),
      authenticationMethods: Array.isArray(methods)
        ? methods.filter((method) => typeof method === 'string')
        : ['client_secret_basic'],
      namesIssuer: json['authorization_response_iss_parameter_supported'] === true,
    },
  }
}

function trustworthy(json: unknown, name: string): string | undefined {
  const url = textAt(json, name)
  return url !== undefined && isTrustworthyUrl(url) ? url : undefined
}

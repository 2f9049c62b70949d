import { guardedFetch } from '../http/guarded-fetch.js'
import { isObject, readPath, textAt } from '../profile/read-path.js'
import {
  type CallbackRequest,
  failure,
  type OAuthEnvironment,
  type OAuthFailure,
  type OAuthTokens,
} from '../provider.js'

/** How a client proves itself to the token endpoint (RFC 6749 §2.3). */
export type ClientAuthentication =
  /** In the `Authorization` header, id and secret as they are: what most providers do. */
  | 'basic'
  /** The same, id and secret form-encoded first, as RFC 6749 §2.3.1 has it. */
  | 'basic_encoded'
  /** As fields of the form. */
  | 'post'
  /** Not at all: a public client. */
  | 'none'

export interface TokenEndpoint {
  readonly url: string
  readonly authentication: ClientAuthentication
  readonly clientId: string
  readonly clientSecret: string | undefined
  /** Whether the code verifier goes along. */
  readonly pkce: boolean
  /** The field that holds the client's id, where it has a name of its own. Default `client_id`. */
  readonly clientIdField?: string
  /** Fields that the provider wants beside those of the standard. */
  readonly fields?: Readonly<Record<string, string>>
  /** Where in the answer the tokens are, when not at the top. */
  readonly at?: string
}

export type TokenResult =
  | { readonly ok: true; readonly tokens: OAuthTokens; readonly answer: Readonly<Record<string, unknown>> }
  | OAuthFailure

/** Redeems an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.5). */
export async function requestTokens(
  environment: OAuthEnvironment,
  endpoint: TokenEndpoint,
  callback: CallbackRequest,
): Promise<TokenResult> {
  const { form, headers } = tokenRequest(endpoint, callback)
  const answer = await guardedFetch(environment, { url: endpoint.url, body: form, headers })
  if (!answer.ok) return answer
  const { status, json } = answer
  if (!isObject(json)) return failure('provider_answer_invalid', 'tokens that are no object')
  // Some providers answer an error with status 200.
  const error = textAt(json, 'error')
  if (status !== 200 || error !== undefined) {
    return failure('code_rejected', `status ${status}, ${knownErrors.has(error ?? '') ? error : 'no known error'}`)
  }
  const body = endpoint.at === undefined ? json : readPath(json, endpoint.at)
  const access = textAt(body, 'access_token')
  if (!isObject(body) || access === undefined) return failure('provider_answer_invalid', 'no access token')
  const refresh = textAt(body, 'refresh_token')
  const idToken = textAt(body, 'id_token')
  const expiresIn = readPath(body, 'expires_in')
  const lives = typeof expiresIn === 'number' && Number.isFinite(expiresIn) && expiresIn >= 0
  return {
    ok: true,
    answer: body,
    tokens: {
      access,
      ...(refresh === undefined ? {} : { refresh }),
      ...(idToken === undefined ? {} : { idToken }),
      ...(lives ? { expiresAt: environment.clock() + Math.floor(expiresIn) * 1000 } : {}),
    },
  }
}

/** The request by itself. */
function tokenRequest(
  { authentication, clientId, clientSecret, clientIdField, fields, pkce }: TokenEndpoint,
  { code, codeVerifier, redirectUri }: Pick<CallbackRequest, 'code' | 'codeVerifier' | 'redirectUri'>,
): { readonly form: URLSearchParams; readonly headers: Readonly<Record<string, string>> } {
  const form = new URLSearchParams({
    ...fields,
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    ...(pkce ? { code_verifier: codeVerifier } : {}),
  })
  const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' }
  if (authentication === 'basic' || authentication === 'basic_encoded') {
    const encode = (text: string): string =>
      authentication === 'basic' ? text : new URLSearchParams({ '': text }).toString().slice(1)
    const credentials = Buffer.from(`${encode(clientId)}:${encode(clientSecret ?? '')}`).toString('base64')
    headers['authorization'] = `Basic ${credentials}`
  } else {
    form.set(clientIdField ?? 'client_id', clientId)
    if (authentication === 'post') form.set('client_secret', clientSecret ?? '')
  }
  return { form, headers }
}

/** Errors of RFC 6749 §5.2 and two of GitHub's: others are not repeated, since a provider may write anything into one. */
const knownErrors: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'bad_verification_code',
  'incorrect_client_credentials',
])

import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { AuthorizationRequest, CallbackRequest, Fetch, OAuthEnvironment } from './provider.js'

const startOfTime = Date.UTC(2026, 0, 15, 10)
export const issuer = 'https://id.example'

export const json = (
  body: unknown,
  init: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Response =>
  new Response(JSON.stringify(body), { ...init, headers: { 'content-type': 'application/json', ...init.headers } })

/** One request that a provider got. */
export interface Seen {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly form: URLSearchParams
}

/** A network of addresses that answer. */
export function createNetwork(answers: Record<string, (seen: Seen) => Response | Promise<Response>> = {}) {
  const seen: Seen[] = []
  let now = startOfTime
  const fetch: Fetch = async (url, init) => {
    const request = {
      url,
      method: init.method ?? 'GET',
      headers: new Headers(init.headers),
      form: new URLSearchParams(typeof init.body === 'string' ? init.body : ''),
    }
    seen.push(request)
    const answer = answers[url]
    if (answer === undefined) throw new TypeError(`nothing answers at ${url}`)
    return await answer(request)
  }
  const environment: OAuthEnvironment = { fetch, clock: () => now, deadline: () => new AbortController().signal }
  return {
    answers,
    seen,
    environment,
    now: () => now,
    advance: (milliseconds: number) => {
      now += milliseconds
    },
    count: (url: string) => seen.filter((request) => request.url === url).length,
  }
}

/** A key of an issuer, and how it signs. */
export async function createSigner(kid = 'k1', alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    privateKey,
    sign: async (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
      await new SignJWT(claims).setProtectedHeader({ alg, kid, ...header }).sign(privateKey),
  }
}

export const nowSeconds = startOfTime / 1000

/** What a right ID token says. */
export const rightClaims = {
  iss: issuer,
  sub: 'subject-1',
  aud: 'client',
  exp: nowSeconds + 300,
  iat: nowSeconds,
  nonce: 'the-nonce',
  email: 'jane@example.com',
  email_verified: true,
  name: 'Jane',
}

export const beginning: AuthorizationRequest = {
  state: 'the-state',
  nonce: 'the-nonce',
  codeVerifier: 'a-code-verifier-of-at-least-forty-three-characters',
  redirectUri: 'https://app.example/callback',
}

export const callback = (params: Readonly<Record<string, string>> = {}): CallbackRequest => ({
  ...beginning,
  code: 'the-code',
  params,
})

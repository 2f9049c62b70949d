import { createHandler, type HttpOptions } from '@cardea/http'
import { createTestCardea, type TestOptions } from '@cardea/testing'
import type { AnyCollection, Storage } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'
import { HOTP, Secret } from 'otpauth'
import { insist } from '../patience.js'
import { createProvider } from './provider.js'

export const origin = 'https://app.test'
export const password = 'correct horse battery'
const stepMilliseconds = 30_000

/** What a request brings. */
export interface Sent {
  readonly body?: unknown
  readonly bearer?: string
  readonly cookie?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The socket's address. */
  readonly ip?: string
}

/** What came back. */
export interface Got {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
  /** Names and values of the cookies that were set. */
  readonly cookies: ReadonlyMap<string, string>
  readonly location: string
}

export type ProofApp = Awaited<ReturnType<typeof createProofApp>>

/** An instance behind a handler, with a provider, mails that are captured, and a clock that stands still. */
export async function createProofApp(
  storage: Storage,
  options: Pick<TestOptions<readonly AnyCollection[], never>, 'auth' | 'collections' | 'hooks' | 'sessions'> = {},
  http: HttpOptions = { rateLimits: 'off' },
) {
  const { provider, seen } = createProvider('company')
  const test = await createTestCardea({
    ...cmsPreset,
    storage,
    baseUrl: origin,
    oauth: { providers: [provider], redirects: ['/welcome'] },
    ...options,
  })
  const handler = createHandler(test.auth, http)

  /** A request, and whatever is to be looked at before the background has its turn. */
  const exchange = async (method: string, path: string, sent: Sent = {}): Promise<Response> => {
    const headers = new Headers({ origin, ...sent.headers })
    if (sent.bearer !== undefined) headers.set('authorization', `Bearer ${sent.bearer}`)
    if (sent.cookie !== undefined) headers.set('cookie', sent.cookie)
    if (sent.body !== undefined) headers.set('content-type', 'application/json')
    const body = sent.body === undefined ? {} : { body: JSON.stringify(sent.body) }
    return await handler(new Request(`${origin}${path}`, { method, headers, ...body }), { ip: sent.ip ?? '192.0.2.1' })
  }
  const send = async (method: string, path: string, sent: Sent = {}): Promise<Got> =>
    await received(await exchange(method, path, sent))

  /** Comes back from the provider as somebody. @returns The last answer, and the cookie that the browser had. */
  const comeBack = async (subject: string, { query = '', bearer }: { query?: string; bearer?: string } = {}) => {
    const begun = await send(
      'GET',
      `/api/v1/auth/oauth/login?provider=company${query}`,
      bearer === undefined ? {} : { bearer },
    )
    const state = new URL(begun.location).searchParams.get('state') ?? ''
    const cookie = cookieHeader(begun)
    const got = await send('GET', `/api/v1/auth/oauth/callback/company?state=${state}&code=${subject}`, { cookie })
    return { got, begun }
  }

  /** The code that an authenticator app shows, a number of steps from now. */
  const totpOf = (secret: string, ahead = 0): string =>
    HOTP.generate({
      secret: Secret.fromBase32(secret),
      counter: Math.floor(test.clock.now() / stepMilliseconds) + ahead,
    })

  /** Signs in with a password and sets a second factor up. @returns Its secret and backup codes. */
  const enroll = async (email: string) => {
    const { body } = await expecting(200, send('POST', '/api/v1/auth/login', { body: { email, password } }))
    const bearer = String(body['access_token'])
    const begun = await expecting(200, send('POST', '/api/v1/auth/mfa/totp/enroll', { bearer, body: {} }))
    const secret = String(begun.body['secret'])
    const sent = { bearer, body: { code: totpOf(secret) } }
    const activated = await expecting(200, send('POST', '/api/v1/auth/mfa/totp/activate', sent))
    test.clock.advance('30s')
    // The contract says that it is a list of texts.
    return { secret, uri: String(begun.body['otpauth_uri']), backupCodes: activated.body['backup_codes'] as string[] }
  }

  return { ...test, provider, seen, handler, exchange, send, comeBack, totpOf, enroll }
}

export async function received(response: Response): Promise<Got> {
  const text = await response.text()
  // A stream of records has a type of its own.
  const isJson = /^application\/([a-z]+\+)?json\b/.test(response.headers.get('content-type') ?? '')
  const parsed: unknown = isJson && text !== '' ? JSON.parse(text) : {}
  return {
    status: response.status,
    headers: response.headers,
    // Lists are read by nobody here.
    body: parsed as Readonly<Record<string, unknown>>,
    cookies: new Map(
      response.headers.getSetCookie().map((line): [string, string] => {
        const [pair = ''] = line.split(';')
        const equals = pair.indexOf('=')
        return [pair.slice(0, equals), pair.slice(equals + 1)]
      }),
    ),
    location: response.headers.get('location') ?? '',
  }
}

/** As a `Cookie` header. */
export const cookieHeader = ({ cookies }: Got): string =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

/** Sends the same requests at once, again where they are answered with 503. @returns The answers, and how many 503 there were. */
export async function atOnce(
  count: number,
  send: (index: number) => Promise<Got>,
): Promise<{ readonly answers: readonly Got[]; readonly refused: number }> {
  const ended = await Promise.all(Array.from({ length: count }, (_, index) => insist(() => send(index))))
  return {
    answers: ended.map(({ answer }) => answer),
    refused: ended.reduce((sum, { refused }) => sum + refused, 0),
  }
}

/** Fails where the answer is not the one that the test goes on from. */
export async function expecting(status: number, answer: Promise<Got>): Promise<Got> {
  const got = await answer
  if (got.status !== status) throw new Error(`${got.status} instead of ${status}: ${JSON.stringify(got.body)}`)
  return got
}

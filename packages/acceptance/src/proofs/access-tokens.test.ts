import { createKeyring } from '@cardea/core/crypto'
import { createMemoryStorage } from '@cardea/storage/memory'
import { defineCollection } from 'cardea'
import { beforeAll, describe, expect, it } from 'vitest'
import { cookieHeader, createProofApp, expecting, origin, type ProofApp, password } from './app.js'
import {
  type Attacks,
  algorithmAttacks,
  encryptedTokens,
  headerAttacks,
  hostileKeyIds,
  type Parts,
  type Signer,
  takeApart,
  withSecret,
} from './token-attacks.js'

const auth = '/api/v1/auth'
const me = (app: ProofApp, bearer: string) => app.send('GET', `${auth}/me`, { bearer })
/** That of instances for tests. */
const derived = createKeyring(['a secret of tests, and of nothing else']).current('access-token')

async function setUp(algorithm: 'HS256' | 'EdDSA' | 'ES256') {
  const app = await createProofApp(createMemoryStorage(), {
    sessions: { accessTokens: { algorithm } },
    auth: { mfa: { enabled: true } },
    collections: [defineCollection('customers', { type: 'auth' })],
  })
  const registered = await expecting(
    201,
    app.send('POST', `${auth}/register`, { body: { email: 'anna@example.test', password } }),
  )
  const token = String(registered.body['access_token'])
  return { app, registered, parts: takeApart(token), token }
}

async function accepted(app: ProofApp, attacks: Attacks): Promise<readonly string[]> {
  const through: string[] = []
  for (const [name, token] of Object.entries(attacks)) {
    const { status } = await me(app, token)
    if (status !== 401) through.push(`${name}: ${status}`)
  }
  return through
}

describe.each(['HS256', 'EdDSA', 'ES256'] as const)('an access token signed with %s', (algorithm) => {
  let app: ProofApp
  let parts: Parts
  let token: string
  beforeAll(async () => {
    ;({ app, parts, token } = await setUp(algorithm))
    await expecting(200, me(app, token))
  })

  it('counts under no other algorithm, signed by another key, by a public one as secret, or not at all', async () => {
    const published = (await app.auth.keys.published())?.keys ?? []
    expect(published).toHaveLength(algorithm === 'HS256' ? 0 : 1)
    const attacks = algorithmAttacks(parts, published as unknown as Readonly<Record<string, unknown>>[])
    expect(Object.keys(attacks).length).toBeGreaterThan(30)
    expect(await accepted(app, attacks)).toEqual([])
    expect((await me(app, token)).status).toBe(200)
  })

  it('brings no key along', async () => {
    expect(await accepted(app, headerAttacks(parts))).toEqual([])
  })

  it.each(hostileKeyIds)('is found by no key id such as %j', async (kid) => {
    const forged = withSecret(derived.bytes)({ ...parts.header, kid }, parts.payload)
    const empty = withSecret('')({ ...parts.header, alg: 'HS256', kid }, parts.payload)
    expect(await accepted(app, { forged, empty })).toEqual([])
  })

  it('has a key id that is no megabyte long', async () => {
    const kid = 'k'.repeat(1_048_576)
    const { valid } = await app.auth
      .verify({ bearerToken: withSecret(derived.bytes)({ ...parts.header, kid }, parts.payload) })
      .then(({ authenticated }) => ({ valid: authenticated }))
    expect(valid).toBe(false)
  })
})

/** Forged with the key that is derived from the secret: each refusal below has no reason but its own. */
describe('a token that is signed with the right key', () => {
  let app: ProofApp
  let parts: Parts
  const forge: Signer = withSecret(derived.bytes)
  beforeAll(async () => {
    ;({ app, parts } = await setUp('HS256'))
  })
  const refused = async (header: object, payload: object): Promise<number> =>
    (await me(app, forge({ ...parts.header, ...header }, { ...parts.payload, ...payload }))).status

  it('is accepted as it was', async () => {
    expect(await refused({}, {})).toBe(200)
  })

  it.each([{ crit: ['unknown'], unknown: 1 }, { crit: ['b64'], b64: false }, { crit: [] }, { crit: 'exp' }])(
    'is refused with the critical header %j',
    async (header) => expect(await refused(header, {})).toBe(401),
  )

  it.each(['JWT', 'refresh+jwt', 'id_token', 'at+JWT', '', undefined, 7])('is refused as %j', async (typ) =>
    expect(await refused({ typ }, {})).toBe(401),
  )

  it.each<[string, unknown]>([
    ['exp', '9999999999'],
    ['exp', null],
    ['exp', [9_999_999_999]],
    ['exp', undefined],
    ['exp', 0],
    ['nbf', '0'],
    ['nbf', null],
    ['iat', undefined],
    ['iat', '1'],
    ['iss', 'https://app.test.evil.test'],
    ['iss', 'https://app.tes'],
    ['iss', [origin]],
    ['aud', origin],
    ['aud', `${origin}:user`],
    ['aud', `${origin}:users `],
    ['aud', [`${origin}:users`]],
    ['aud', [`${origin}:users`, 'other']],
    ['aud', '*'],
    ['sub', 0],
    ['sub', undefined],
    ['jti', undefined],
  ])('is refused where %s is %j', async (claim, value) => expect(await refused({}, { [claim]: value })).toBe(401))

  it('is refused where exp is beyond all numbers', async () => {
    const payload = JSON.stringify({ ...parts.payload, exp: 0 }).replace('"exp":0', '"exp":1e400')
    expect((await me(app, forge(parts.header, payload))).status).toBe(401)
  })

  it.each(['iat', 'nbf'])('may have an %s a minute ahead, and no more', async (claim) => {
    const now = Math.floor(app.clock.now() / 1_000)
    expect(await refused({}, { [claim]: now + 60 })).toBe(200)
    expect(await refused({}, { [claim]: now + 61 })).toBe(401)
  })

  it('is refused in another collection, with the same subject', async () => {
    const other = forge(parts.header, { ...parts.payload, col: 'customers', aud: `${origin}:customers` })
    for (const bearer of [other, parts.text]) {
      expect((await app.send('GET', '/api/v1/collections/customers/auth/me', { bearer })).status).toBe(401)
    }
    expect((await me(app, other)).status).toBe(401)
  })

  it.each(Object.entries(encryptedTokens))('is not looked for in what is encrypted: %s', async (_name, token) => {
    const before = process.cpuUsage()
    for (let round = 0; round < 20; round += 1) expect((await me(app, token)).status).toBe(401)
    // A billion rounds of PBKDF2 would take minutes.
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000)
  })

  it.each(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sid', 'col', 'amr', 'aal', 'act', 'scope', 'cnf'])(
    'never has %s from the hook that adds claims',
    async (claim) => {
      const hooked = await createProofApp(createMemoryStorage(), {
        hooks: { accessTokenClaims: () => ({ plan: 'gold', [claim]: 'mine' }) },
      })
      const body = { email: 'anna@example.test', password }
      expect((await hooked.send('POST', `${auth}/register`, { body })).status).toBe(500)
    },
  )
})

describe.each(['HS256', 'EdDSA'] as const)('what one place takes, with %s, no other does', (algorithm) => {
  it('is so for every pair of tokens and secrets', async () => {
    const { app, registered } = await setUp(algorithm)
    const [email, moved] = ['anna@example.test', 'new@example.test'] as const
    const access = String(registered.body['access_token'])
    const refresh = String(registered.body['refresh_token'])
    const found = await app.auth.verify({ bearerToken: access })
    if (!found.authenticated) throw new Error(found.code)
    const { principalId } = found.authentication
    const { key: apiKey } = await app.auth.apiKeys.create({ principalId })

    /** The token in the last mail that a request brings about. */
    const mailed = async (path: string, body: object, to: string, bearer?: string): Promise<string> => {
      app.clock.advance('1h')
      await app.send('POST', `${auth}${path}`, { body, ...(bearer === undefined ? {} : { bearer }) })
      return await app.mails.tokenFor(to)
    }
    const verification = await mailed('/request-verification', { email }, email)
    const change = await mailed('/me/request-email-change', { new_email: moved, password }, moved, access)
    // Last, since it lives for an hour alone.
    const reset = await mailed('/request-password-reset', { email }, email)

    const other = { email: 'ben@example.test', password }
    await expecting(201, app.send('POST', `${auth}/register`, { body: other }))
    await app.enroll(other.email)
    const challenged = await expecting(401, app.send('POST', `${auth}/login`, { body: other }))
    const ticket = String(challenged.body['mfa_token'])
    const begun = await app.send('GET', `${auth}/oauth/login?provider=company`)
    const state = new URL(begun.location).searchParams.get('state') ?? ''
    const cookie = [...registered.cookies.values()][0] ?? ''

    const secrets = { access, refresh, cookie, apiKey, verification, reset, change, ticket, state } as const
    type Kind = keyof typeof secrets

    const status = async (method: string, path: string, sent: Parameters<typeof app.send>[2] = {}) =>
      (await app.send(method, path, sent)).status
    /** Where each of them belongs. What uses one up comes last, and gets its own after all others. */
    const places: Readonly<Record<Exclude<Kind, 'apiKey'>, (value: string) => Promise<number>>> = {
      access: (value) => status('GET', `${auth}/sessions`, { bearer: value }),
      cookie: (value) => status('GET', `${auth}/sessions`, { cookie: `__Host-session=${value}` }),
      ticket: (value) =>
        status('POST', `${auth}/mfa/verify`, { body: { mfa_token: value, backup_code: 'AAAA-AAAA-AAAA-AAAA' } }),
      state: async (value) => {
        const path = `${auth}/oauth/callback/company?state=${encodeURIComponent(value)}&code=somebody`
        const { cookies } = await app.send('GET', path, { cookie: cookieHeader(begun) })
        return cookies.has('__Host-session') ? 302 : 401
      },
      refresh: (value) => status('POST', `${auth}/refresh`, { body: { refresh_token: value } }),
      verification: (value) => status('POST', `${auth}/confirm-verification`, { body: { token: value, password } }),
      change: (value) => status('POST', `${auth}/me/confirm-email-change`, { body: { token: value }, bearer: access }),
      reset: (value) =>
        status('POST', `${auth}/confirm-password-reset`, { body: { token: value, password: 'another long password' } }),
    }
    const wrong: string[] = []
    for (const [place, take] of Object.entries(places)) {
      for (const [kind, value] of Object.entries(secrets)) {
        if (kind === place) continue
        const got = await take(value)
        if (got < 400 || got >= 500) wrong.push(`${kind} at ${place}: ${got}`)
      }
    }
    expect(wrong).toEqual([])

    // An API key is nobody's session: it is known, and refused what takes one.
    expect(await status('GET', `${auth}/sessions`, { bearer: apiKey })).toBe(403)
    const own: Record<string, number> = {}
    for (const [place, take] of Object.entries(places)) {
      // A change of the address ends a reset that was asked for under the old one.
      const value =
        place === 'reset' ? await mailed('/request-password-reset', { email: moved }, moved) : secrets[place as Kind]
      own[place] = await take(value)
    }
    expect(own).toMatchObject({
      access: 200,
      cookie: 200,
      state: 302,
      refresh: 200,
      verification: 200,
      change: 200,
      reset: 200,
    })
    // Its code is wrong, which is found out only where the ticket is right. After all those mails it needs another.
    const anew = await expecting(401, app.send('POST', `${auth}/login`, { body: other }))
    const again = await app.send('POST', `${auth}/mfa/verify`, {
      body: { mfa_token: anew.body['mfa_token'], backup_code: 'AAAA-AAAA-AAAA-AAAA' },
    })
    expect(again.body['code']).toBe('mfa_invalid')
  })
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import { beginning, callback, createNetwork, createSigner, json, rightClaims } from '../oauth.fixture.js'
import type { OAuthProvider } from '../provider.js'
import { apple, github, google, microsoftEntraId } from './named.js'
import { oauth2 } from './oauth2.js'

const client = { clientId: 'client', clientSecret: 'secret' }
const tokens = (more: Record<string, unknown> = {}) => json({ access_token: 'access', token_type: 'bearer', ...more })

afterEach(() => vi.unstubAllGlobals())

describe('github', () => {
  const setUp = (
    emails: unknown,
    user: unknown = { id: 583_231, login: 'jane', name: 'Jane', email: 'public@example.com' },
  ) => {
    const network = createNetwork({
      'https://github.com/login/oauth/access_token': () => tokens(),
      'https://api.github.com/user': () => json(user),
      'https://api.github.com/user/emails': () => json(emails),
    })
    return { network, exchange: async () => await github(client).connect(network.environment).exchange(callback()) }
  }

  it('takes the primary address, and its word that it is verified', async () => {
    const { network, exchange } = setUp([
      { email: 'other@example.com', primary: false, verified: true },
      { email: 'jane@example.com', primary: true, verified: true },
    ])
    expect(await exchange()).toEqual({
      ok: true,
      profile: { subject: '583231', email: 'jane@example.com', emailVerified: true, name: 'Jane' },
      tokens: { access: 'access' },
    })
    expect(network.seen.slice(1).map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer access',
      'Bearer access',
    ])
  })

  it('never takes another address for the primary one, nor anything like true for true', async () => {
    for (const verified of [false, 'true', 1, undefined, null]) {
      const { exchange } = setUp([
        { email: 'other@example.com', primary: false, verified: true },
        { email: 'jane@example.com', primary: true, verified },
      ])
      expect(await exchange()).toMatchObject({ profile: { email: 'jane@example.com', emailVerified: false } })
    }
    for (const emails of [[], {}, null, [{ email: 'x@example.com', primary: 'true', verified: true }], [null, 5]]) {
      expect(await setUp(emails).exchange()).toMatchObject({ profile: { email: undefined, emailVerified: false } })
    }
  })

  it('tells an error that comes with status 200', async () => {
    const { network, exchange } = setUp([])
    network.answers['https://github.com/login/oauth/access_token'] = () => json({ error: 'bad_verification_code' })
    expect(await exchange()).toEqual({
      ok: false,
      reason: 'code_rejected',
      detail: 'status 200, bad_verification_code',
    })
    network.answers['https://github.com/login/oauth/access_token'] = () => json({ error: 'leaks jane@example.com' })
    expect(await exchange()).toMatchObject({ detail: 'status 200, no known error' })
  })

  it('wants a subject', async () => {
    for (const user of [{}, { id: '' }, { id: null }, []]) {
      expect(await setUp([], user).exchange()).toMatchObject({ ok: false, reason: 'subject_missing' })
    }
  })

  it('tells an interface that refuses or is not there', async () => {
    const { network, exchange } = setUp([])
    network.answers['https://api.github.com/user'] = () => json({}, { status: 403 })
    expect(await exchange()).toMatchObject({ reason: 'provider_answer_invalid' })
    network.answers['https://api.github.com/user'] = () => json({}, { status: 503 })
    expect(await exchange()).toMatchObject({ reason: 'provider_unavailable' })
  })
})

describe('google', () => {
  const setUp = async (claims: Record<string, unknown> = {}) => {
    const signer = await createSigner()
    const token = await signer.sign({ ...rightClaims, iss: 'https://accounts.google.com', ...claims })
    const network = createNetwork({
      'https://oauth2.googleapis.com/token': () =>
        tokens({ id_token: token, refresh_token: 'again', expires_in: 3599 }),
      'https://www.googleapis.com/oauth2/v3/certs': () => json({ keys: [signer.jwk] }),
    })
    return { network, exchange: async () => await google(client).connect(network.environment).exchange(callback()) }
  }

  it('reads the ID token once it has proved right, and hands out the tokens', async () => {
    const { network, exchange } = await setUp()
    expect(await exchange()).toMatchObject({
      ok: true,
      profile: { subject: 'subject-1', email: 'jane@example.com', emailVerified: true, name: 'Jane' },
      tokens: { access: 'access', refresh: 'again', expiresAt: network.now() + 3_599_000 },
    })
  })

  it('refuses one of another issuer, client or sign-in, and one that is not signed by Google', async () => {
    for (const claims of [{ iss: 'https://evil.example' }, { aud: 'other' }, { nonce: 'other' }]) {
      expect(await (await setUp(claims)).exchange()).toMatchObject({ ok: false, reason: 'id_token_invalid' })
    }
    const { network, exchange } = await setUp()
    const stranger = await createSigner()
    const token = await stranger.sign({ ...rightClaims, iss: 'https://accounts.google.com' })
    network.answers['https://oauth2.googleapis.com/token'] = () => tokens({ id_token: token })
    expect(await exchange()).toMatchObject({ ok: false, reason: 'id_token_invalid' })
    network.answers['https://oauth2.googleapis.com/token'] = () => tokens()
    expect(await exchange()).toMatchObject({ ok: false, reason: 'id_token_invalid' })
  })

  it('refuses an answer in the name of another issuer before it redeems the code', async () => {
    const { network } = await setUp()
    const connection = google(client).connect(network.environment)
    expect(await connection.exchange(callback({ iss: 'https://evil.example' }))).toMatchObject({
      ok: false,
      reason: 'issuer_mismatch',
    })
    expect(network.seen).toEqual([])
  })
})

describe('microsoftEntraId', () => {
  const tenant = '11111111-2222-3333-4444-555555555555'
  const stranger = '99999999-2222-3333-4444-555555555555'
  const personal = '9188040d-6c67-4c5b-b112-36a304b66dad'
  const issuerOf = (id: string) => `https://login.microsoftonline.com/${id}/v2.0`
  const reasonFor = async (configured: string, claims: Record<string, unknown>) => {
    const signer = await createSigner()
    const token = await signer.sign({ ...rightClaims, ...claims })
    const { environment } = createNetwork({
      [`https://login.microsoftonline.com/${configured}/oauth2/v2.0/token`]: () => tokens({ id_token: token }),
      [`https://login.microsoftonline.com/${configured}/discovery/v2.0/keys`]: () => json({ keys: [signer.jwk] }),
    })
    const result = await microsoftEntraId({ ...client, tenant: configured })
      .connect(environment)
      .exchange(callback())
    return result.ok ? result.profile : result.detail
  }

  it('takes the issuer of the configured tenant alone', async () => {
    expect(await reasonFor(tenant, { iss: issuerOf(tenant), tid: tenant })).toMatchObject({ subject: 'subject-1' })
    expect(await reasonFor(tenant, { iss: issuerOf(stranger), tid: stranger })).toBe('iss')
    expect(await reasonFor(tenant, { iss: issuerOf(stranger), tid: tenant })).toBe('iss')
    expect(await reasonFor('consumers', { iss: issuerOf(personal), tid: personal })).toMatchObject({
      subject: 'subject-1',
    })
    expect(await reasonFor('consumers', { iss: issuerOf(tenant), tid: tenant })).toBe('iss')
  })

  it('takes the issuer of the tenant that signed where many may, and no other', async () => {
    expect(await reasonFor('common', { iss: issuerOf(stranger), tid: stranger })).toMatchObject({
      subject: 'subject-1',
    })
    expect(await reasonFor('common', { iss: issuerOf(personal), tid: personal })).toMatchObject({
      subject: 'subject-1',
    })
    expect(await reasonFor('organizations', { iss: issuerOf(personal), tid: personal })).toBe('iss')
    for (const claims of [
      { iss: issuerOf(stranger), tid: tenant },
      { iss: issuerOf(tenant) },
      { iss: 'https://evil.example/v2.0', tid: tenant },
      { iss: 'https://login.microsoftonline.com/../v2.0', tid: '..' },
      { iss: issuerOf('evil'), tid: 'evil' },
      { iss: issuerOf(tenant), tid: [tenant] },
    ]) {
      expect(await reasonFor('common', claims), JSON.stringify(claims)).toBe('iss')
    }
  })

  it('never holds an address to be verified', async () => {
    const claims = { iss: issuerOf(tenant), tid: tenant, email_verified: true, xms_edov: true, verified: true }
    expect(await reasonFor(tenant, claims)).toMatchObject({ email: 'jane@example.com', emailVerified: false })
  })

  it('wants a tenant that tokens can name', () => {
    for (const wrong of ['contoso.onmicrosoft.com', '', '../common', 'COMMON', undefined]) {
      // What plain JavaScript may hand over.
      expect(() => microsoftEntraId({ ...client, tenant: wrong as string })).toThrow(/tenant must be/)
    }
  })
})

describe('providers', () => {
  it('ask for a form to be posted where Apple sends names and addresses', async () => {
    const provider = apple({ clientId: 'client', teamId: 't', keyId: 'k', privateKey: 'p' })
    expect(provider.responseMode).toBe('form_post')
    const begun = await provider.connect(createNetwork().environment).authorizationUrl(beginning)
    expect(begun.ok && new URL(begun.url).searchParams.get('response_mode')).toBe('form_post')
  })

  it('do not touch the platform and do not disturb one another', async () => {
    const platform = vi.fn<() => Promise<Response>>(() => Promise.reject(new Error('not asked')))
    vi.stubGlobal('fetch', platform)
    const answer = (name: string) => ({
      token: `https://${name}.example/token`,
      userInfo: `https://${name}.example/me`,
    })
    const network = createNetwork()
    const people: [OAuthProvider, string][] = (['discord', 'spotify', 'dropbox'] as const).map((known) => {
      const endpoints = answer(known)
      network.answers[endpoints.token] = async () => {
        await new Promise((resolve) => setImmediate(resolve))
        return tokens({ access_token: known })
      }
      network.answers[endpoints.userInfo] = ({ headers }) =>
        json({ id: headers.get('authorization'), account_id: headers.get('authorization') })
      return [oauth2(known, { ...client, endpoints }), known]
    })
    const results = await Promise.all(
      people.map(async ([provider]) => await provider.connect(network.environment).exchange(callback())),
    )
    expect(results.map((result) => result.ok && result.profile.subject)).toEqual(
      people.map(([, known]) => `Bearer ${known}`),
    )
    expect(platform).not.toHaveBeenCalled()
    expect(globalThis.fetch).toBe(platform)
  })

  it('read the profile where it is: beside the tokens, in a list, behind a query', async () => {
    const subjectOf = async (
      known: 'withings' | 'notion' | 'kick' | 'linear' | 'kakao' | 'vk',
      token: unknown,
      me: unknown,
    ) => {
      const endpoints = { token: 'https://x.example/token', userInfo: 'https://x.example/me' }
      const network = createNetwork({ [endpoints.token]: () => json(token), [endpoints.userInfo]: () => json(me) })
      const result = await oauth2(known, { ...client, endpoints })
        .connect(network.environment)
        .exchange(callback())
      return result.ok ? result.profile : result
    }
    const access_token = 'a'
    expect(await subjectOf('withings', { status: 0, body: { access_token, userid: '7' } }, {})).toMatchObject({
      subject: '7',
    })
    expect(await subjectOf('notion', { access_token, owner: { user: { id: 'n' } } }, {})).toMatchObject({
      subject: 'n',
    })
    expect(await subjectOf('vk', { access_token, user_id: 5, email: 'a@b.c' }, {})).toMatchObject({
      subject: '5',
      email: 'a@b.c',
      emailVerified: false,
    })
    expect(await subjectOf('kick', { access_token }, { data: [{ user_id: 9 }] })).toMatchObject({ subject: '9' })
    expect(await subjectOf('linear', { access_token }, { data: { viewer: { id: 'l' } } })).toMatchObject({
      subject: 'l',
    })
    const kakao = (is_email_valid: boolean) =>
      subjectOf(
        'kakao',
        { access_token },
        { id: 1, kakao_account: { email: 'a@b.c', is_email_verified: true, is_email_valid } },
      )
    expect(await kakao(true)).toMatchObject({ emailVerified: true })
    expect(await kakao(false)).toMatchObject({ emailVerified: false })
  })

  it('refuse options that are wrong, naming the place and never the value', () => {
    const secret = 'hunter2-hunter2'
    const attempts: [() => unknown, RegExp][] = [
      [() => google({ clientId: '', clientSecret: secret }), /clientId/],
      [() => google({ clientId: 'c', clientSecret: '' }), /clientSecret/],
      [() => oauth2('discord', { clientId: 'c' }), /clientSecret is required/],
      [() => google({ ...client, name: `../${secret}` }), /name/],
      [() => google({ ...client, scopes: [`a ${secret}`] }), /scopes\.0/],
      [() => google({ ...client, endpoints: { token: `http://${secret}.example` } }), /endpoints\.token/],
      [() => google({ ...client, parameters: { redirect_uri: secret } }), /parameters\.redirect_uri/],
      [() => google({ ...client, parameters: { state: secret } }), /parameters\.state/],
      [() => oauth2('auth0', client), /at is required/],
      [() => oauth2('auth0', { ...client, at: `${secret}/path` }), /at must be a host/],
      [() => oauth2('auth0', { ...client, at: `a@${secret}` }), /at must be a host/],
      [() => oauth2('gitlab', { ...client, at: `http://${secret}` }), /at must be an https/],
      [() => oauth2('discord', { ...client, at: secret }), /at is not an option/],
      [() => oauth2('apple', client), /use apple/],
      [() => oauth2('__proto__' as 'discord', client), /no provider/],
    ]
    for (const [attempt, message] of attempts) {
      expect(attempt).toThrow(message)
      expect(attempt).not.toThrow(new RegExp(secret))
    }
  })

  it('add parameters of the app, which override nothing', async () => {
    const provider = google({ ...client, parameters: { prompt: 'select_account', hd: 'example.com' } })
    const begun = await provider.connect(createNetwork().environment).authorizationUrl(beginning)
    const url = new URL(begun.ok ? begun.url : '')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      prompt: 'select_account',
      hd: 'example.com',
      state: beginning.state,
    })
  })
})

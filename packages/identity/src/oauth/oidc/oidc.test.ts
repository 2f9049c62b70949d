import { describe, expect, it } from 'vitest'
import {
  beginning,
  callback,
  createNetwork,
  createSigner,
  issuer,
  json,
  nowSeconds,
  rightClaims,
} from '../oauth.fixture.js'
import { type OidcOptions, oidc } from './oidc.js'

const documentUrl = `${issuer}/.well-known/openid-configuration`
const metadata = {
  issuer,
  authorization_endpoint: `${issuer}/authorize?tenant=1`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/keys`,
  userinfo_endpoint: `${issuer}/me`,
}

async function setUp(
  document: Record<string, unknown> = {},
  claims: Record<string, unknown> = {},
  options: Partial<OidcOptions> = {},
) {
  const signer = await createSigner()
  const token = await signer.sign({ ...rightClaims, ...claims })
  const network = createNetwork({
    [documentUrl]: () => json({ ...metadata, ...document }),
    [metadata.token_endpoint]: () => json({ access_token: 'access', id_token: token }),
    [metadata.jwks_uri]: () => json({ keys: [signer.jwk] }),
    [metadata.userinfo_endpoint]: () => json({ sub: 'subject-1', email: 'jane@example.com', email_verified: true }),
  })
  const provider = oidc({ name: 'company', issuer, clientId: 'client', clientSecret: 'a:b c', ...options })
  return { network, connection: provider.connect(network.environment), provider }
}

describe('oidc', () => {
  it('finds where to send the browser, with all that protects the way back', async () => {
    const { connection, provider, network } = await setUp()
    expect(provider).toMatchObject({ name: 'company', label: 'company', kind: 'oidc', responseMode: 'query' })
    expect(network.seen).toEqual([])
    const begun = await connection.authorizationUrl(beginning)
    const url = new URL(begun.ok ? begun.url : '')
    expect(url.origin + url.pathname).toBe(`${issuer}/authorize`)
    const { code_challenge, ...rest } = Object.fromEntries(url.searchParams)
    expect(rest).toEqual({
      tenant: '1',
      response_type: 'code',
      client_id: 'client',
      redirect_uri: beginning.redirectUri,
      scope: 'openid profile email',
      state: beginning.state,
      nonce: beginning.nonce,
      code_challenge_method: 'S256',
    })
    expect(code_challenge).toMatch(/^[\w-]{43}$/)
  })

  it('finds out who signed in', async () => {
    const { connection, network } = await setUp()
    expect(await connection.exchange(callback())).toMatchObject({
      ok: true,
      profile: { subject: 'subject-1', email: 'jane@example.com', emailVerified: true },
    })
    const request = network.seen.find(({ url }) => url === metadata.token_endpoint)
    // Encoded first, as RFC 6749 has it: the secret holds a colon and a space.
    expect(request?.headers.get('authorization')).toBe(`Basic ${Buffer.from('client:a%3Ab+c').toString('base64')}`)
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      grant_type: 'authorization_code',
      code: 'the-code',
      redirect_uri: beginning.redirectUri,
      code_verifier: beginning.codeVerifier,
    })
  })

  it('proves itself as the provider wants it', async () => {
    const { connection, network } = await setUp({ token_endpoint_auth_methods_supported: ['client_secret_post'] })
    await connection.exchange(callback())
    const posted = network.seen.find(({ url }) => url === metadata.token_endpoint)
    expect(posted?.headers.has('authorization')).toBe(false)
    expect(posted?.form.get('client_secret')).toBe('a:b c')
    const unknown = await setUp({ token_endpoint_auth_methods_supported: ['private_key_jwt', 5] })
    expect(await unknown.connection.exchange(callback())).toMatchObject({ reason: 'provider_answer_invalid' })
    const open = oidc({ name: 'open', issuer, clientId: 'client' }).connect(network.environment)
    await open.exchange(callback())
    expect(
      Object.fromEntries(network.seen.filter(({ url }) => url === metadata.token_endpoint).at(-1)?.form ?? []),
    ).toMatchObject({
      client_id: 'client',
    })
  })

  it('refuses a document of another issuer, and one whose endpoints are missing or not https', async () => {
    for (const other of ['https://evil.example', `${issuer}/`, undefined, [issuer]]) {
      const { connection } = await setUp({ issuer: other })
      expect(await connection.authorizationUrl(beginning)).toMatchObject({ ok: false, reason: 'issuer_mismatch' })
    }
    for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
      for (const url of [
        undefined,
        5,
        'http://id.example/x',
        'javascript:alert(1)',
        '/relative',
        'https://a@b.example',
      ]) {
        const { connection } = await setUp({ [name]: url })
        expect(await connection.exchange(callback()), `${name} ${url}`).toMatchObject({ ok: false })
      }
    }
  })

  it('remembers the document for an hour, shares a read, and remembers no failure', async () => {
    const { connection, network } = await setUp()
    const good = network.answers[documentUrl]
    network.answers[documentUrl] = () => json({}, { status: 503 })
    expect(await connection.authorizationUrl(beginning)).toMatchObject({ reason: 'provider_unavailable' })
    if (good !== undefined) network.answers[documentUrl] = good
    await Promise.all([connection.authorizationUrl(beginning), connection.authorizationUrl(beginning)])
    await connection.exchange(callback())
    expect(network.count(documentUrl)).toBe(2)
    network.advance(60 * 60_000)
    await connection.authorizationUrl(beginning)
    expect(network.count(documentUrl)).toBe(3)
  })

  it('looks at the issuer of the answer', async () => {
    const silent = await setUp()
    expect(await silent.connection.exchange(callback())).toMatchObject({ ok: true })
    expect(await silent.connection.exchange(callback({ iss: issuer }))).toMatchObject({ ok: true })
    for (const iss of ['https://evil.example', '', `${issuer}/`]) {
      expect(await silent.connection.exchange(callback({ iss }))).toMatchObject({ reason: 'issuer_mismatch' })
    }
    const { connection, network } = await setUp({ authorization_response_iss_parameter_supported: true })
    expect(await connection.exchange(callback())).toMatchObject({ ok: false, reason: 'issuer_mismatch' })
    expect(network.count(metadata.token_endpoint)).toBe(0)
  })

  it('asks for the address when the ID token has none, and takes it of the same subject alone', async () => {
    const bare = { email: undefined, email_verified: undefined }
    const { connection, network } = await setUp({}, bare)
    expect(await connection.exchange(callback())).toMatchObject({
      profile: { email: 'jane@example.com', emailVerified: true },
    })
    network.answers[metadata.userinfo_endpoint] = () =>
      json({ sub: 'subject-2', email: 'victim@example.com', email_verified: true })
    expect(await connection.exchange(callback())).toMatchObject({ ok: false, reason: 'id_token_invalid' })
    // The word of one place never counts for the address of another.
    const mixed = await setUp({}, { email_verified: undefined })
    expect(await mixed.connection.exchange(callback())).toMatchObject({
      profile: { email: 'jane@example.com', emailVerified: false },
    })
    expect(mixed.network.count(metadata.userinfo_endpoint)).toBe(0)
    const without = await setUp({ userinfo_endpoint: undefined }, bare)
    expect(await without.connection.exchange(callback())).toMatchObject({ profile: { email: undefined } })
  })

  it('asks for a new sign-in where one is wanted, and looks when it was', async () => {
    const reasonFor = async (auth_time: unknown) => {
      const { connection } = await setUp({}, { auth_time })
      const result = await connection.exchange({ ...callback(), fresh: true })
      return result.ok ? 'fresh' : result.detail
    }
    expect(await reasonFor(nowSeconds - 600)).toBe('fresh')
    for (const old of [nowSeconds - 700, undefined, String(nowSeconds), null]) {
      expect(await reasonFor(old)).toBe('auth_time')
    }
    const { connection } = await setUp()
    const begun = await connection.authorizationUrl({ ...beginning, fresh: true })
    expect(Object.fromEntries(new URL(begun.ok ? begun.url : '').searchParams)).toMatchObject({
      prompt: 'login',
      max_age: '0',
    })
  })

  it('does not trust addresses where the app says so', async () => {
    const { connection } = await setUp({}, {}, { trustEmail: false })
    expect(await connection.exchange(callback())).toMatchObject({ profile: { emailVerified: false } })
  })

  it('refuses answers that hold no tokens', async () => {
    const { connection, network } = await setUp()
    for (const body of [{}, [], 'x', null, { access_token: '' }, { access_token: 5 }]) {
      network.answers[metadata.token_endpoint] = () => json(body)
      expect(await connection.exchange(callback()), JSON.stringify(body)).toMatchObject({ ok: false })
    }
    network.answers[metadata.token_endpoint] = () => json({ access_token: 'a' })
    expect(await connection.exchange(callback())).toMatchObject({ ok: false, reason: 'id_token_invalid' })
  })

  it('refuses an issuer that is not https', () => {
    for (const wrong of ['http://id.example', 'id.example', 'https://id.example?x=1', '']) {
      expect(() => oidc({ name: 'x', issuer: wrong, clientId: 'c' })).toThrow(/issuer must be/)
    }
  })
})

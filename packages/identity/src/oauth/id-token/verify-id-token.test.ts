import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createNetwork, createSigner, issuer, json, nowSeconds, rightClaims } from '../oauth.fixture.js'
import { createKeySet } from './key-set.js'
import { verifyIdToken } from './verify-id-token.js'

const jwks = 'https://id.example/keys'
const expected = { issuer, clientId: 'client', nonce: 'the-nonce' }

async function setUp() {
  const signer = await createSigner()
  const keys: unknown[] = [signer.jwk]
  const network = createNetwork({ [jwks]: () => json({ keys }) })
  const set = createKeySet(network.environment, jwks)
  const verify = async (token: string | undefined, what = expected) =>
    await verifyIdToken(network.environment, set, token, what)
  /** What is wrong with a token of these claims. */
  const wrongWith = async (changes: Record<string, unknown>, what = expected): Promise<string | undefined> => {
    const result = await verify(await signer.sign({ ...rightClaims, ...changes }), what)
    return result.ok ? undefined : `${result.reason} ${result.detail}`
  }
  return { signer, keys, network, verify, wrongWith }
}

describe('verifyIdToken', () => {
  it('takes a token that is right, whatever the algorithm of those with a private key', async () => {
    for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
      const signer = await createSigner(alg, alg)
      const network = createNetwork({ [jwks]: () => json({ keys: [signer.jwk] }) })
      const set = createKeySet(network.environment, jwks)
      const result = await verifyIdToken(network.environment, set, await signer.sign(rightClaims), expected)
      expect(result, alg).toMatchObject({ ok: true, claims: { sub: 'subject-1' } })
    }
  })

  it('refuses another issuer, audience or nonce, and one that is not for this client', async () => {
    const { wrongWith } = await setUp()
    expect(await wrongWith({})).toBe(undefined)
    for (const iss of ['https://evil.example', `${issuer}/`, [issuer], undefined, '']) {
      expect(await wrongWith({ iss }), String(iss)).toBe('id_token_invalid iss')
    }
    for (const aud of ['other', ['other'], [], undefined]) {
      expect(await wrongWith({ aud }), String(aud)).toBe('id_token_invalid aud')
    }
    expect(await wrongWith({ aud: ['client'] })).toBe(undefined)
    expect(await wrongWith({ aud: ['client', 'other'], azp: 'client' })).toBe(undefined)
    for (const azp of [undefined, 'other', 5]) {
      expect(await wrongWith({ aud: ['client', 'other'], azp })).toBe('id_token_invalid azp')
    }
    expect(await wrongWith({ azp: 'other' })).toBe('id_token_invalid azp')
    for (const nonce of ['other', undefined, null, '', ['the-nonce']]) {
      expect(await wrongWith({ nonce })).toBe('id_token_invalid nonce')
    }
  })

  it('lets clocks differ by a minute, and no more', async () => {
    const { wrongWith } = await setUp()
    expect(await wrongWith({ exp: nowSeconds - 59 })).toBe(undefined)
    expect(await wrongWith({ exp: nowSeconds - 60 })).toBe('id_token_invalid exp')
    expect(await wrongWith({ iat: nowSeconds + 60 })).toBe(undefined)
    expect(await wrongWith({ iat: nowSeconds + 61 })).toBe('id_token_invalid iat')
    expect(await wrongWith({ iat: nowSeconds - 3600 })).toBe('id_token_invalid iat')
    expect(await wrongWith({ nbf: nowSeconds + 61 })).toBe('id_token_invalid nbf')
    for (const exp of [undefined, '9999999999', null, [nowSeconds + 300]]) {
      expect(await wrongWith({ exp }), String(exp)).toMatch(/^id_token_invalid/)
    }
    expect(await wrongWith({ iat: undefined })).toBe('id_token_invalid iat')
  })

  it('refuses every other way to sign', async () => {
    const { signer, keys, verify } = await setUp()
    const unsigned = (alg: string) =>
      `${Buffer.from(JSON.stringify({ alg })).toString('base64url')}.${Buffer.from(JSON.stringify(rightClaims)).toString('base64url')}.`
    const shared = new TextEncoder().encode('a secret that the issuer and everybody else knows')
    const symmetric = await new SignJWT(rightClaims).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(shared)
    keys.push({ kty: 'oct', kid: 'k2', alg: 'HS256', k: Buffer.from(shared).toString('base64url') })
    const published = await new SignJWT(rightClaims).setProtectedHeader({ alg: 'HS256', kid: 'k2' }).sign(shared)
    const other = await createSigner('k1')
    const right = await signer.sign(rightClaims)
    const [head, , signature] = right.split('.')
    const forged = Buffer.from(JSON.stringify({ ...rightClaims, sub: 'subject-2' })).toString('base64url')
    const tokens = [
      unsigned('none'),
      unsigned('NONE'),
      unsigned('ES256'),
      symmetric,
      published,
      await other.sign(rightClaims),
      await signer.sign(rightClaims, { kid: 'unknown' }),
      await other.sign(rightClaims, { jwk: other.jwk }),
      `${head}.${forged}.${signature}`,
      right.slice(0, right.lastIndexOf('.') + 1),
      `${right}x`,
      'nonsense',
      '',
    ]
    for (const token of tokens)
      expect(await verify(token), token).toMatchObject({ ok: false, reason: 'id_token_invalid' })
    expect(await verify(undefined)).toMatchObject({ ok: false, reason: 'id_token_invalid' })
    expect(await verify(right)).toMatchObject({ ok: true })
  })

  it('refuses algorithms that are not on the list, also with a key of the issuer', async () => {
    const { keys, verify } = await setUp()
    const longer = await createSigner('k384', 'ES384')
    keys.push(longer.jwk)
    expect(await verify(await longer.sign(rightClaims))).toMatchObject({ ok: false, reason: 'id_token_invalid' })
  })

  it('asks a condition where the issuer is not one text', async () => {
    const { signer, network } = await setUp()
    const set = createKeySet(network.environment, jwks)
    const token = await signer.sign({ ...rightClaims, tid: 't' })
    const decided = async (right: boolean) =>
      await verifyIdToken(network.environment, set, token, { ...expected, issuer: () => right })
    expect(await decided(true)).toMatchObject({ ok: true })
    expect(await decided(false)).toMatchObject({ ok: false, detail: 'iss' })
  })

  it('says what was wrong without repeating any of it', async () => {
    const { wrongWith } = await setUp()
    expect(await wrongWith({ sub: undefined, email: 'secret@example.com' })).toBe('id_token_invalid sub')
    expect(await wrongWith({ iss: 'secret@example.com' })).not.toContain('secret')
  })
})

describe('createKeySet', () => {
  it('remembers keys for ten minutes and shares what is under way', async () => {
    const { signer, network, verify } = await setUp()
    const token = await signer.sign({ ...rightClaims, exp: nowSeconds + 3600 })
    await Promise.all([verify(token), verify(token), verify(token)])
    expect(network.count(jwks)).toBe(1)
    network.advance(10 * 60_000 - 1)
    await verify(token)
    expect(network.count(jwks)).toBe(1)
    network.advance(1)
    expect(await verify(token)).toMatchObject({ ok: true })
    expect(network.count(jwks)).toBe(2)
  })

  it('looks again for a key it does not know, but not for every one that somebody makes up', async () => {
    const { keys, network, signer, verify } = await setUp()
    await verify(await signer.sign(rightClaims))
    const next = await createSigner('k2')
    keys.push(next.jwk)
    network.advance(30_000)
    expect(await verify(await next.sign(rightClaims))).toMatchObject({ ok: true })
    expect(network.count(jwks)).toBe(2)
    for (let round = 0; round < 20; round += 1) {
      expect(await verify(await next.sign(rightClaims, { kid: `made-up-${round}` }))).toMatchObject({ ok: false })
    }
    expect(network.count(jwks)).toBe(2)
  })

  it('remembers no failure', async () => {
    const { network, signer, verify } = await setUp()
    const good = network.answers[jwks]
    network.answers[jwks] = () => json({}, { status: 503 })
    expect(await verify(await signer.sign(rightClaims))).toMatchObject({ reason: 'provider_unavailable' })
    network.answers[jwks] = () => json({ keys: 'none' })
    expect(await verify(await signer.sign(rightClaims))).toMatchObject({ reason: 'provider_answer_invalid' })
    if (good !== undefined) network.answers[jwks] = good
    expect(await verify(await signer.sign(rightClaims))).toMatchObject({ ok: true })
  })
})

import { createHmac, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto'
import { createKeyring } from '@cardea/core/crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  createBench,
  day,
  encodeJson,
  forge,
  minute,
  otherSecret,
  rootSecret,
  second,
  signIn,
  takeApart,
} from '../sessions.fixture.js'
import type { AccessTokenAlgorithm } from '../token/verifying-key.js'
import { type AccessTokenVerifierOptions, createAccessTokenVerifier } from './create-access-token-verifier.js'
import type { AccessTokenVerificationKey, PublicJsonWebKey } from './verification-key.js'

const start = 1_800_000_000_000
const invalid = { valid: false, code: 'token_invalid' }

const secret = new Uint8Array(32).fill(1)
const edwards = generateKeyPairSync('ed25519')
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const otherCurve = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const jwkOf = (key: KeyObject): PublicJsonWebKey => key.export({ format: 'jwk' })

const keys: readonly AccessTokenVerificationKey[] = [
  { id: 'shared', algorithm: 'HS256', key: secret },
  { id: 'edwards', algorithm: 'EdDSA', key: jwkOf(edwards.publicKey) },
  { id: 'elliptic', algorithm: 'ES256', key: jwkOf(elliptic.publicKey) },
]

const payload = {
  iss: 'https://app.test',
  aud: 'https://app.test:users',
  sub: 'anna',
  sid: 'session',
  col: 'users',
  jti: 'token',
  iat: start / second,
  exp: (start + day) / second,
  amr: ['pwd'],
  aal: 1,
}

type Signer = (input: string) => Buffer

/** What an attacker may sign with, the public keys as if they were secrets included. */
const signers: Readonly<Record<string, Signer>> = {
  'the shared secret': (input) => createHmac('sha256', secret).update(input).digest(),
  'the Ed25519 key': (input) => signBytes(null, Buffer.from(input), edwards.privateKey),
  'the P-256 key': (input) => ecdsa(input, elliptic.privateKey),
  'the public P-256 key as a secret': (input) =>
    createHmac('sha256', elliptic.publicKey.export({ format: 'pem', type: 'spki' }))
      .update(input)
      .digest(),
  'the public Ed25519 key as a secret': (input) =>
    createHmac('sha256', Buffer.from(jwkOf(edwards.publicKey).x ?? '', 'base64url'))
      .update(input)
      .digest(),
  'no key': () => Buffer.alloc(0),
  'zeros of 64 bytes': () => Buffer.alloc(64),
}

const ecdsa = (input: string, key: KeyObject): Buffer =>
  signBytes('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })

const makeToken = (header: Readonly<Record<string, unknown>>, signer: Signer, claims: unknown = payload): string => {
  const input = `${encodeJson(header)}.${encodeJson(claims)}`
  return `${input}.${signer(input).toString('base64url')}`
}

const right: Readonly<Record<string, readonly [AccessTokenAlgorithm, string]>> = {
  shared: ['HS256', 'the shared secret'],
  edwards: ['EdDSA', 'the Ed25519 key'],
  elliptic: ['ES256', 'the P-256 key'],
}

const tokenOf = (id: string, header: Readonly<Record<string, unknown>> = {}, claims: unknown = payload): string => {
  const [alg, name] = right[id] ?? []
  const signer = signers[name ?? '']
  if (signer === undefined) throw new Error(`no key ${id}`)
  return makeToken({ alg, typ: 'at+jwt', kid: id, ...header }, signer, claims)
}

const build = (options: Partial<AccessTokenVerifierOptions> = {}) =>
  createAccessTokenVerifier({
    issuer: 'https://app.test',
    audience: 'https://app.test',
    keys,
    clock: () => start,
    ...options,
  })

describe('createAccessTokenVerifier', () => {
  it.each(Object.keys(right))('accepts a token of the %s key and says what it says', async (id) => {
    expect(await build().verify(tokenOf(id))).toEqual({
      valid: true,
      claims: {
        principalId: 'anna',
        sessionId: 'session',
        collection: 'users',
        actorId: null,
        amr: ['pwd'],
        aal: 1,
        issuedAt: start,
        expiresAt: start + day,
        notBefore: start,
      },
    })
  })

  it('accepts of all algorithms, keys and key ids only those that belong together', async () => {
    const verifier = build()
    const accepted: string[] = []
    const algorithms = [
      'HS256',
      'EdDSA',
      'ES256',
      'Ed25519',
      'HS512',
      'ES384',
      'RS256',
      'PS256',
      'none',
      'None',
      'hs256',
      '',
    ]
    for (const alg of [...algorithms, undefined, null, 7, ['HS256']]) {
      for (const [name, signer] of Object.entries(signers)) {
        for (const kid of [
          ...Object.keys(right),
          'unknown',
          '__proto__',
          'constructor',
          '',
          undefined,
          null,
          7,
          ['shared'],
        ]) {
          const result = await verifier.verify(makeToken({ alg, typ: 'at+jwt', kid }, signer))
          if (result.valid) accepted.push(`${kid}: ${alg} by ${name}`)
          else expect(result).toEqual(invalid)
        }
      }
    }
    expect(accepted).toEqual(Object.entries(right).map(([id, [alg, name]]) => `${id}: ${alg} by ${name}`))
  })

  it.each(Object.keys(right))('refuses tokens of the %s key that were changed', async (id) => {
    const verifier = build()
    const token = tokenOf(id)
    const [head, body, signature = ''] = token.split('.')
    const flipped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`
    for (const changed of [
      `${head}.${body}.`,
      `${head}.${body}`,
      `${head}.${body}.${flipped}`,
      `${head}.${body}.${signature.slice(0, -4)}`,
      `${head}.${body}.${signature}${signature}`,
      `${head}.${encodeJson({ ...payload, sub: 'ben' })}.${signature}`,
      `${encodeJson({ alg: right[id]?.[0], typ: 'at+jwt', kid: id, more: 1 })}.${body}.${signature}`,
    ]) {
      expect(await verifier.verify(changed)).toEqual(invalid)
    }
  })

  it('takes no ECDSA signature in the form of ASN.1', async () => {
    const token = makeToken({ alg: 'ES256', typ: 'at+jwt', kid: 'elliptic' }, (input) =>
      signBytes('sha256', Buffer.from(input), { key: elliptic.privateKey, dsaEncoding: 'der' }),
    )
    expect(await build().verify(token)).toEqual(invalid)
  })

  it('takes no key from a token', async () => {
    const attacker = generateKeyPairSync('ed25519')
    const own: Signer = (input) => signBytes(null, Buffer.from(input), attacker.privateKey)
    for (const more of [
      { jwk: jwkOf(attacker.publicKey) },
      { jku: 'https://evil.test/keys' },
      { x5u: 'https://evil.test/cert' },
      { x5c: ['MIIB'] },
    ]) {
      expect(await build().verify(makeToken({ alg: 'EdDSA', typ: 'at+jwt', kid: 'edwards', ...more }, own))).toEqual(
        invalid,
      )
      // They are not read at all: beside the right key they change nothing.
      expect(await build().verify(tokenOf('edwards', more))).toMatchObject({ valid: true })
    }
  })

  it.each([
    [{ typ: 'JWT' }],
    [{ typ: 'application/at+jwt' }],
    [{ typ: undefined }],
    [{ crit: ['b64'], b64: true }],
    [{ crit: ['b64'], b64: false }],
    [{ crit: ['unknown'], unknown: 1 }],
    [{ crit: [] }],
    [{ crit: null }],
  ])('refuses the header %j', async (header) => {
    for (const id of Object.keys(right)) expect(await build().verify(tokenOf(id, header))).toEqual(invalid)
  })

  it.each([
    { iss: 'https://app.test/' },
    { iss: ['https://app.test'] },
    { aud: 'https://app.test' },
    { aud: ['https://app.test:users'] },
    { aud: 'https://app.test:customers' },
    { sub: 0 },
    { sid: '' },
    { exp: '9999999999' },
    { exp: undefined },
    { exp: null },
    { exp: [9_999_999_999] },
    { iat: undefined },
    { iat: 1.5 },
    { nbf: null },
    { nbf: '1' },
    { amr: 'pwd' },
    { aal: 4 },
  ])('refuses the claims %j', async (claims) => {
    for (const id of Object.keys(right)) {
      expect(await build().verify(tokenOf(id, {}, { ...payload, ...claims }))).toEqual(invalid)
    }
  })

  it('refuses an expiry that JSON writes as infinity', async () => {
    const json = JSON.stringify({ ...payload, exp: 0 }).replace('"exp":0', '"exp":1e400')
    const token = forge({ alg: 'HS256', typ: 'at+jwt', kid: 'shared' }, json, secret)
    expect(await build().verify(token)).toEqual(invalid)
  })

  it('goes by the clock that it was given: exactly for the end, with a minute of leeway for the beginning', async () => {
    let now = start
    const verifier = build({ clock: () => now })
    const token = tokenOf('edwards')
    const at = async (instant: number) => {
      now = instant
      return await verifier.verify(token)
    }
    expect(await at(start + day - 1)).toMatchObject({ valid: true })
    expect(await at(start + day)).toEqual({ valid: false, code: 'token_expired' })
    expect(await at(start - minute)).toMatchObject({ valid: true })
    expect(await at(start - minute - 1)).toEqual(invalid)
    expect(await at(Number.NaN)).toEqual({ valid: false, code: 'token_expired' })
  })

  it('accepts the users of the collections that it was given, by default those of `users`', async () => {
    const customer = tokenOf('shared', {}, { ...payload, col: 'customers', aud: 'https://app.test:customers' })
    expect(await build().verify(customer)).toEqual(invalid)
    const verifier = build({ collections: ['customers'] })
    expect(await verifier.verify(customer)).toMatchObject({ valid: true, claims: { collection: 'customers' } })
    expect(await verifier.verify(tokenOf('shared'))).toEqual(invalid)
  })

  it.each(['', 'a.b', 'a.b.c', 'x'.repeat(1_048_576), 0, null, undefined, {}, ['a.b.c']])(
    'refuses %.20j, which is no token',
    async (token) => {
      // What a caller without types might pass.
      expect(await build().verify(token as string)).toEqual(invalid)
    },
  )

  describe('with the tokens of a server', () => {
    const verifierOf = (options: Partial<AccessTokenVerifierOptions>) =>
      build({
        audience: 'app',
        keys: createKeyring([rootSecret])
          .all('access-token')
          .map(({ id, bytes }) => ({ id, algorithm: 'HS256', key: bytes })),
        ...options,
      })

    it('decides as the sessions do in stateless mode', async () => {
      const bench = await createBench({ mode: 'stateless' })
      const verifier = verifierOf({ clock: () => bench.time.now })
      const { accessToken, refreshToken, cookieToken } = await signIn(bench.sessions)
      const { header, payload: claims } = takeApart(accessToken)
      const { bytes } = bench.keyring.current('access-token')
      const forged = (more: object, change: object) => forge({ ...header, ...more }, { ...claims, ...change }, bytes)
      const seconds = bench.time.now / second
      const verdicts = []
      for (const token of [
        accessToken,
        refreshToken,
        cookieToken,
        forged({}, {}),
        forged({ typ: 'JWT' }, {}),
        forged({ alg: 'HS512' }, {}),
        forged({}, { iss: 'other' }),
        forged({}, { exp: seconds }),
        forged({}, { exp: seconds + 1 }),
        forged({}, { iat: seconds + 60 }),
        forged({}, { iat: seconds + 61 }),
        (await signIn(bench.sessions, 'carl')).accessToken,
      ]) {
        const ours = await bench.sessions.verifyAccessToken(token, ['users'])
        const theirs = await verifier.verify(token)
        expect(theirs.valid ? 'valid' : theirs.code).toBe(ours.valid ? 'valid' : ours.code)
        verdicts.push(theirs.valid)
      }
      expect(verdicts.filter(Boolean)).toHaveLength(4)
    })

    it('knows only the keys that it was given', async () => {
      const bench = await createBench({ keyring: createKeyring([otherSecret]) })
      const { accessToken } = await signIn(bench.sessions)
      expect(await verifierOf({}).verify(accessToken)).toEqual(invalid)
    })
  })

  describe('with keys of WebCrypto', () => {
    let imported: Readonly<Record<'hmac' | 'edwards' | 'elliptic' | 'signing' | 'short' | 'sha512', CryptoKey>>
    const hmac = (bytes: number, hash: string, usage: 'sign' | 'verify') =>
      crypto.subtle.importKey('raw', new Uint8Array(bytes).fill(1), { name: 'HMAC', hash }, false, [usage])
    const publicKey = (key: KeyObject, algorithm: EcKeyImportParams | { name: 'Ed25519' }) =>
      crypto.subtle.importKey('jwk', key.export({ format: 'jwk' }), algorithm, false, ['verify'])

    beforeAll(async () => {
      imported = {
        hmac: await hmac(32, 'SHA-256', 'verify'),
        edwards: await publicKey(edwards.publicKey, { name: 'Ed25519' }),
        elliptic: await publicKey(elliptic.publicKey, { name: 'ECDSA', namedCurve: 'P-256' }),
        signing: await hmac(32, 'SHA-256', 'sign'),
        short: await hmac(31, 'SHA-256', 'verify'),
        sha512: await hmac(64, 'SHA-512', 'verify'),
      }
    })

    it('accepts them', async () => {
      const verifier = build({
        keys: [
          { id: 'shared', algorithm: 'HS256', key: imported.hmac },
          { id: 'edwards', algorithm: 'EdDSA', key: imported.edwards },
          { id: 'elliptic', algorithm: 'ES256', key: imported.elliptic },
        ],
      })
      for (const id of Object.keys(right)) expect(await verifier.verify(tokenOf(id))).toMatchObject({ valid: true })
    })

    it('refuses those that are for something else', () => {
      const { hmac, edwards, elliptic, signing, short, sha512 } = imported
      const wrong: readonly (readonly [AccessTokenAlgorithm, CryptoKey])[] = [
        ['HS256', signing],
        ['HS256', short],
        ['HS256', sha512],
        ['HS256', edwards],
        ['EdDSA', elliptic],
        ['EdDSA', hmac],
        ['ES256', edwards],
        ['ES256', hmac],
      ]
      for (const [algorithm, key] of wrong) {
        expect(() => build({ keys: [{ id: 'key', algorithm, key }] })).toThrow(
          expect.objectContaining({ code: 'configuration_invalid', message: expect.stringContaining('keys[0] ') }),
        )
      }
    })
  })

  const jwk = jwkOf(edwards.publicKey)
  it.each([
    [{ issuer: '' }, 'issuer'],
    [{ audience: '' }, 'audience'],
    [{ collections: [] }, 'collections'],
    [{ collections: [''] }, 'collections[0]'],
    [{ clock: 0 }, 'clock'],
    [{ keys: [] }, 'keys'],
    [{ keys: undefined }, 'keys'],
    [{ keys: [null] }, 'keys[0].id'],
    [{ keys: [{ id: '', algorithm: 'HS256', key: secret }] }, 'keys[0].id'],
    [{ keys: [...keys, { id: 'shared', algorithm: 'HS256', key: secret }] }, 'keys[3].id'],
    [{ keys: [{ id: 'a', algorithm: 'none', key: secret }] }, 'keys[0]'],
    [{ keys: [{ id: 'a', algorithm: 'RS256', key: jwk }] }, 'keys[0]'],
    [{ keys: [{ id: 'a', algorithm: 'HS256' }] }, 'keys[0]'],
    [{ keys: [{ id: 'a', algorithm: 'HS256', key: 'a text of more than thirty-two bytes' }] }, 'keys[0]'],
    [{ keys: [{ id: 'a', algorithm: 'HS256', key: new Uint8Array(31) }] }, 'keys[0]'],
    [{ keys: [{ id: 'a', algorithm: 'HS256', key: jwk }] }, 'keys[0]'],
    [{ keys: [{ id: 'a', algorithm: 'ES256', key: jwk }] }, 'keys[0]'],
    [{ keys: [{ id: 'a', algorithm: 'EdDSA', key: secret }] }, 'keys[0]'],
    [{ keys: [{ id: 'a', algorithm: 'EdDSA', key: { ...jwk, d: 'private' } }] }, 'keys[0]'],
    [{ keys: [{ id: 'a', algorithm: 'EdDSA', key: { ...jwk, alg: 'ES256' } }] }, 'keys[0]'],
    [{ keys: [{ id: 'a', algorithm: 'EdDSA', key: { ...jwk, use: 'enc' } }] }, 'keys[0]'],
    [{ keys: [{ id: 'a', algorithm: 'ES256', key: jwkOf(otherCurve.publicKey) }] }, 'keys[0]'],
  ])('refuses the options %j', (options, place) => {
    // What a caller without types might pass.
    expect(() => build(options as Partial<AccessTokenVerifierOptions>)).toThrow(
      expect.objectContaining({
        code: 'configuration_invalid',
        message: expect.stringContaining(`createAccessTokenVerifier: ${place} `),
      }),
    )
  })

  it('says which key is broken where only its import can tell, and shows nothing of it', async () => {
    const x = 'AAAA'
    const verifier = build({ keys: [{ id: 'edwards', algorithm: 'EdDSA', key: { ...jwk, x } }] })
    const error: unknown = await verifier.verify(tokenOf('edwards')).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'configuration_invalid', message: expect.stringContaining('keys[0] ') })
    expect(String(error)).not.toContain(x)
    // A token that names no key asks for none.
    expect(await verifier.verify(tokenOf('shared'))).toEqual(invalid)
  })
})

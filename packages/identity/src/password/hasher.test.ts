import { scryptSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { countingArgon2, heldArgon2, smallHasher } from '../identity.fixture.js'
import { createPasswordHasher, type PasswordVerification } from './hasher.js'
import { toPhcBase64 } from './phc.js'

/** From the test suite of the reference implementation (phc-winner-argon2, src/test.c), version 0x13. */
const published = {
  argon2id: '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc',
  argon2idLarge: '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
  argon2i: '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA',
} as const

const mismatch: PasswordVerification = { valid: false, needsRehash: false, reason: 'mismatch' }
const unsupported: PasswordVerification = { valid: false, needsRehash: false, reason: 'unsupported_hash' }

describe('createPasswordHasher', () => {
  it('makes Argon2id hashes with the parameters that OWASP recommends', async () => {
    const hash = await createPasswordHasher().hash('correct horse battery staple')
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  })

  it('gives two users with the same password different hashes', async () => {
    const hasher = smallHasher()
    expect(await hasher.hash('same password')).not.toBe(await hasher.hash('same password'))
  })

  it('tells the right password from others', async () => {
    const hasher = smallHasher()
    const hash = await hasher.hash('correct horse')
    expect(await hasher.verify(hash, 'correct horse')).toEqual({ valid: true, needsRehash: false })
    for (const wrong of ['correct horsf', 'correct horse ', ' correct horse', 'Correct horse', 'correct hors', '']) {
      expect(await hasher.verify(hash, wrong)).toEqual(mismatch)
    }
  })

  it('verifies published hashes', async () => {
    const hasher = smallHasher()
    for (const phc of Object.values(published)) {
      expect(await hasher.verify(phc, 'password')).toEqual({ valid: true, needsRehash: true })
      expect(await hasher.verify(phc, 'Password')).toEqual(mismatch)
    }
  })

  it('asks for a new hash whenever one of the parameters differs', async () => {
    const hash = await smallHasher().hash('a password')
    const others = [{ memoryKibibytes: 16 }, { iterations: 2 }, { parallelism: 2, memoryKibibytes: 16 }]
    for (const other of others) {
      expect(await smallHasher(other).verify(hash, 'a password')).toEqual({ valid: true, needsRehash: true })
    }
  })

  it('never cuts a password', async () => {
    const hasher = smallHasher()
    const long = 'x'.repeat(72)
    const pairs = [
      [`${long}a`, `${long}b`],
      ['a\u0000b', 'a'],
      ['a\u0000b', 'a\u0000c'],
      [`${'y'.repeat(1_023)}1`, `${'y'.repeat(1_023)}2`],
    ] as const
    for (const [one, other] of pairs) {
      const hash = await hasher.hash(one)
      expect(await hasher.verify(hash, one)).toMatchObject({ valid: true })
      expect(await hasher.verify(hash, other)).toEqual(mismatch)
    }
  })

  it('takes composed and decomposed characters for the same', async () => {
    const hasher = smallHasher()
    const composed = 'caf\u00e9 \u1e9b\u0323'
    const decomposed = composed.normalize('NFD')
    expect(decomposed).not.toBe(composed)
    expect(await hasher.verify(await hasher.hash(composed), decomposed)).toMatchObject({ valid: true })
    expect(await hasher.verify(await hasher.hash(decomposed), composed)).toMatchObject({ valid: true })
    // Compatibility forms are other characters: NFKC would make them one.
    expect(await hasher.verify(await hasher.hash('\ufb01sh and chips'), 'fish and chips')).toEqual(mismatch)
  })

  it('takes 1,024 bytes, counted in normal form', async () => {
    const hasher = smallHasher()
    const composed = '\u00e9'.repeat(512)
    const hash = await hasher.hash(composed)
    expect(await hasher.verify(hash, composed.normalize('NFD'))).toMatchObject({ valid: true })
  })

  it.each([
    ['1,025 bytes', 'a'.repeat(1_025), 'too_long'],
    ['1,026 bytes of two-byte letters', '\u00e9'.repeat(513), 'too_long'],
    ['a megabyte', 'a'.repeat(1_048_576), 'too_long'],
    ['a lone high surrogate', 'password\ud800', 'not_well_formed'],
    ['a lone low surrogate', '\udc00password', 'not_well_formed'],
  ])('refuses %s without loading Argon2, let alone hashing', async (_what, password, code) => {
    let loaded = 0
    const hasher = smallHasher({
      loadArgon2: async () => {
        loaded += 1
        return await import('@node-rs/argon2')
      },
    })
    await expect(hasher.hash(password)).rejects.toMatchObject({
      code: 'weak_password',
      issues: [{ path: 'password', code }],
    })
    expect(await hasher.verify(published.argon2id, password)).toEqual({
      valid: false,
      needsRehash: false,
      reason: 'unacceptable_password',
    })
    await hasher.verifyNothing(password)
    expect(loaded).toBe(0)
  })

  it('does the same work for an account that is not there, and for a hash that it cannot use', async () => {
    const argon2 = countingArgon2()
    const hasher = createPasswordHasher({ memoryKibibytes: 64, iterations: 3, parallelism: 2, loadArgon2: argon2.load })
    await hasher.verifyNothing('some password')
    expect(await hasher.verify('not a hash', 'some password')).toEqual(unsupported)
    expect(argon2.calls).toHaveLength(2)
    for (const call of argon2.calls) {
      expect(call).toMatchObject({ name: 'verify', password: 'some password' })
      expect(call.phc).toMatch(/^\$argon2id\$v=19\$m=64,t=3,p=2\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    }
  })

  const salt = 'c29tZXNhbHQ'
  const output = 'A'.repeat(43)
  it.each([
    ['empty', ''],
    ['something else', '5f4dcc3b5aa765d61d8327deb882cf99'],
    ['bcrypt that costs too much', `$2b$15$${'a'.repeat(53)}`],
    ['bcrypt that costs too little to be any', `$2b$03$${'a'.repeat(53)}`],
    ['bcrypt of the version with a fault', `$2x$10$${'a'.repeat(53)}`],
    ['scrypt that costs too much', `$scrypt$ln=18,r=8,p=1$${salt}$${output}`],
    ['scrypt with too many lanes', `$scrypt$ln=14,r=8,p=9$${salt}$${output}`],
    ['scrypt that cannot be computed', `$scrypt$ln=16,r=1,p=1$${salt}$${output}`],
    ['scrypt with an output that is easy to hit', `$scrypt$ln=14,r=8,p=1$${salt}$AAAAAA`],
    ['PBKDF2 with passes without end', `$pbkdf2-sha256$4294967295$${salt}$${output}`],
    ['PBKDF2 with an output that takes too many passes', `$pbkdf2-sha1$i=600000$${salt}$${'A'.repeat(108)}`],
    ['PBKDF2 of another length than it says', `$pbkdf2-sha256$i=1000,l=31$${salt}$${output}`],
    ['PBKDF2 with a digest that is not known', `$pbkdf2-md5$i=1000$${salt}$${output}`],
    ['an unknown hash of Django', 'sha1$salt$5f4dcc3b5aa765d61d8327deb882cf99'],
    ['a hash of better-auth that is too short', `${'a'.repeat(32)}:${'b'.repeat(126)}`],
    ['sealed', `$sealed$AAAAAAAA.${output}`],
    ['more memory than a machine has', `$argon2id$v=19$m=4294967295,t=1,p=1$${salt}$${output}`],
    ['more memory than the ceiling', `$argon2id$v=19$m=262145,t=1,p=1$${salt}$${output}`],
    ['passes without end', `$argon2id$v=19$m=8,t=4294967295,p=1$${salt}$${output}`],
    ['too much work in all', `$argon2id$v=19$m=262144,t=5,p=1$${salt}$${output}`],
    ['too many lanes', `$argon2id$v=19$m=4096,t=1,p=17$${salt}$${output}`],
    ['too little memory for its lanes', `$argon2id$v=19$m=8,t=1,p=2$${salt}$${output}`],
    ['no memory', `$argon2id$v=19$m=0,t=1,p=1$${salt}$${output}`],
    ['an unknown version', `$argon2id$v=20$m=8,t=1,p=1$${salt}$${output}`],
    ['an unknown variant', `$argon2x$v=19$m=8,t=1,p=1$${salt}$${output}`],
    ['a short salt', `$argon2id$v=19$m=8,t=1,p=1$c29tZQ$${output}`],
    ['an output that is easy to hit', `$argon2id$v=19$m=8,t=1,p=1$${salt}$AAAAAA`],
    ['base64 that is not canonical', `$argon2id$v=19$m=8,t=1,p=1$${salt}$${'A'.repeat(42)}B`],
    ['a line feed at its end', `$argon2id$v=19$m=8,t=1,p=1$${salt}$${output}\n`],
    ['a megabyte', `$argon2id$v=19$m=8,t=1,p=1$${salt}$${'A'.repeat(1_048_576)}`],
  ])('takes a stored hash for no match when it is %s', async (_what, phc) => {
    const argon2 = countingArgon2()
    expect(await smallHasher({ loadArgon2: argon2.load }).verify(phc, 'some password')).toEqual(unsupported)
    expect(argon2.calls.map((call) => call.phc)).not.toContain(phc)
  })

  it('hashes as many at once as allowed, lets as many wait, and refuses the rest at once', async () => {
    const argon2 = heldArgon2()
    const hasher = smallHasher({ concurrency: 2, queueLimit: 10, loadArgon2: argon2.load })
    const outcomes = Array.from({ length: 200 }, () =>
      hasher.hash('a password').then(
        () => 'done',
        (error: { code: string; retryAfterSeconds: number }) => `${error.code} ${error.retryAfterSeconds}`,
      ),
    )
    for (let round = 0; round < 6; round += 1) await argon2.finish()
    const results = await Promise.all(outcomes)
    expect(results.filter((result) => result === 'done')).toHaveLength(12)
    expect(results.filter((result) => result === 'unavailable 2')).toHaveLength(188)
    expect(argon2.mostAtOnce()).toBe(2)
    expect(argon2.started()).toBe(12)
  })

  it.each([
    [{ memoryKibibytes: 19_456, iterations: 2 }, 80],
    [{ memoryKibibytes: 38_912, iterations: 4 }, 20],
    [{ memoryKibibytes: 8, iterations: 1 }, 80],
  ])('lets about two seconds of work wait: with %j %i for each that runs', async (cost, waiting) => {
    const argon2 = heldArgon2()
    const hasher = createPasswordHasher({ ...cost, concurrency: 1, loadArgon2: argon2.load })
    const outcomes = Array.from({ length: 200 }, () =>
      hasher.hash('a password').then(
        () => true,
        () => false,
      ),
    )
    for (let round = 0; round < waiting + 1; round += 1) await argon2.finish()
    expect((await Promise.all(outcomes)).filter(Boolean)).toHaveLength(waiting + 1)
  })

  it('gives every place back, also after work that failed', async () => {
    let calls = 0
    const hasher = smallHasher({
      concurrency: 1,
      queueLimit: 0,
      loadArgon2: async () => ({
        hash: async () => {
          calls += 1
          if (calls === 1) throw new Error('out of memory')
          return 'hash'
        },
        verify: async () => true,
      }),
    })
    await expect(hasher.hash('a password')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await hasher.hash('a password')).toBe('hash')
    expect(await hasher.hash('a password')).toBe('hash')
  })

  it('keeps the place of somebody who has gone until the work has ended', async () => {
    const argon2 = heldArgon2()
    const hasher = smallHasher({ concurrency: 1, queueLimit: 0, loadArgon2: argon2.load })
    const abandoned = hasher.hash('a password')
    await Promise.race([abandoned, new Promise((resolve) => setImmediate(resolve))])
    await expect(hasher.hash('another password')).rejects.toMatchObject({ code: 'unavailable' })
    await argon2.finish()
    await abandoned
    const next = hasher.hash('another password')
    await argon2.finish()
    expect(await next).toBe('hash')
  })

  it('counts checking and the work done in vain like hashing', async () => {
    const argon2 = heldArgon2()
    const hasher = smallHasher({ concurrency: 1, queueLimit: 0, loadArgon2: argon2.load })
    const running = hasher.verifyNothing('a password')
    await expect(hasher.verify(published.argon2id, 'a password')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(hasher.hash('a password')).rejects.toMatchObject({ code: 'unavailable' })
    await argon2.finish()
    await running
  })

  it('says unavailable, not "wrong password", when Argon2 cannot be loaded, and tries again', async () => {
    let tries = 0
    const hasher = smallHasher({
      loadArgon2: async () => {
        tries += 1
        if (tries < 3) throw new Error('no such module')
        return await import('@node-rs/argon2')
      },
    })
    expect(await hasher.ready()).toBe('scrypt')
    await expect(hasher.verify(published.argon2id, 'password')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await hasher.verify(published.argon2id, 'password')).toMatchObject({ valid: true })
  })

  describe('where Argon2 cannot be loaded', () => {
    /** Two hashers for one database: one without Argon2, one with it. */
    const without = smallHasher({ loadArgon2: async () => Promise.reject(new Error('no such module')) })
    const again = smallHasher()

    it('makes scrypt hashes with parameters that OWASP recommends, and asks for a new one when it is back', async () => {
      const hash = await without.hash('correct horse')
      expect(hash).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
      expect(await without.verify(hash, 'correct horse')).toEqual({ valid: true, needsRehash: false })
      expect(await without.verify(hash, 'correct horsf')).toEqual(mismatch)
      expect(await again.verify(hash, 'correct horse')).toEqual({ valid: true, needsRehash: true })
      expect(await without.ready()).toBe('scrypt')
      expect(await again.ready()).toBe('argon2id')
    })

    it('asks for a new hash where another scrypt was used', async () => {
      const other = `$scrypt$ln=10,r=8,p=1$c29tZXNhbHQ$${toPhcBase64(scryptSync('correct horse', 'somesalt', 32, { N: 1_024 }))}`
      expect(await without.verify(other, 'correct horse')).toEqual({ valid: true, needsRehash: true })
    })

    it('does not tell a wrong password from a right one by an Argon2 hash', async () => {
      for (const password of ['password', 'Password']) {
        await expect(without.verify(published.argon2id, password)).rejects.toMatchObject({ code: 'unavailable' })
      }
    })

    it('lets only as many wait as two seconds of scrypt allow', async () => {
      const hasher = createPasswordHasher({
        concurrency: 1,
        loadArgon2: async () => Promise.reject(new Error('no such module')),
      })
      await hasher.ready()
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => hasher.verifyNothing('a password')))
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    })
  })

  it('says unavailable, not "wrong password", when bcrypt cannot be loaded, and tries again', async () => {
    let tries = 0
    const hasher = smallHasher({
      loadBcrypt: async () => {
        tries += 1
        if (tries === 1) throw new Error('no such module')
        return await import('@node-rs/bcrypt')
      },
    })
    const hash = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'
    await expect(hasher.verify(hash, 'abc')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await hasher.verify(hash, 'abc')).toEqual({ valid: true, needsRehash: true })
  })

  it('tries what was sent and its normal form, whether one fits or not and whether there is a hash or not', async () => {
    const argon2 = countingArgon2()
    const hasher = smallHasher({ loadArgon2: argon2.load })
    const composed = 'caf\u00e9'
    const decomposed = composed.normalize('NFD')
    const raw = await (await import('@node-rs/argon2')).hash(decomposed, { memoryCost: 8, timeCost: 1, outputLen: 32 })
    // Another system hashed it as it was sent: it fits, and is to be made anew.
    expect(await hasher.verify(raw, decomposed)).toEqual({ valid: true, needsRehash: true })
    expect(await hasher.verify(raw, composed)).toEqual(mismatch)
    const own = await hasher.hash(composed)
    argon2.calls.length = 0
    expect(await hasher.verify(own, decomposed)).toEqual({ valid: true, needsRehash: false })
    await hasher.verifyNothing(decomposed)
    expect(await hasher.verify('not a hash', decomposed)).toEqual(unsupported)
    expect(argon2.calls.map(({ password }) => password)).toEqual(Array(3).fill([decomposed, composed]).flat())
    argon2.calls.length = 0
    await hasher.verifyNothing(composed)
    expect(argon2.calls).toHaveLength(1)
  })

  it('checks hashes from elsewhere a few at a time, too', async () => {
    let running = 0
    let most = 0
    const hasher = smallHasher({
      concurrency: 2,
      loadBcrypt: async () => ({
        verify: async () => {
          running += 1
          most = Math.max(most, running)
          await new Promise((resolve) => setImmediate(resolve))
          running -= 1
          return true
        },
      }),
    })
    const hash = `$2b$10$${'a'.repeat(53)}`
    await Promise.all(Array.from({ length: 10 }, () => hasher.verify(hash, 'a password')))
    expect(most).toBe(2)
  })

  it('loads Argon2 once, however many ask first at once', async () => {
    let loaded = 0
    const hasher = smallHasher({
      loadArgon2: async () => {
        loaded += 1
        return await import('@node-rs/argon2')
      },
    })
    await Promise.all([hasher.ready(), hasher.hash('a password'), hasher.verifyNothing('a password')])
    expect(loaded).toBe(1)
  })

  it.each([
    [{ memoryKibibytes: 7 }, 'memoryKibibytes'],
    [{ memoryKibibytes: 15, parallelism: 2 }, 'memoryKibibytes'],
    [{ memoryKibibytes: Number.NaN }, 'memoryKibibytes'],
    [{ iterations: 0 }, 'iterations'],
    [{ parallelism: 1.5 }, 'parallelism'],
    [{ concurrency: 0 }, 'concurrency'],
    [{ queueLimit: -1 }, 'queueLimit'],
  ])('refuses %j', (options, name) => {
    expect(() => createPasswordHasher(options)).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', message: expect.stringContaining(name) }),
    )
  })
})

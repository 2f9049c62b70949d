import type { BcryptLibrary } from './bcrypt-library.js'
import type { ForeignHash } from './foreign-hash.js'

/** 22 characters of salt, 31 of hash, in the alphabet of bcrypt. */
const pattern = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/

/** Doubles the work with each step; 14 takes about a second. */
const cheapest = 4
const dearest = 14

/**
 * Reads a bcrypt hash. It looks at the first 72 bytes of a password alone, which is how it was made; the hash that replaces
 * it at the next sign-in looks at all of them.
 */
export function readBcrypt(text: string, loadBcrypt: () => Promise<BcryptLibrary>): ForeignHash | undefined {
  const match = pattern.exec(text)
  const cost = Number(match?.[1])
  if (match === null || cost < cheapest || cost > dearest) return undefined
  return {
    algorithm: 'bcrypt',
    stored: text,
    isFallback: false,
    verify: async (password) => {
      const bcrypt = await loadBcrypt()
      const valid = await bcrypt.verify(password, text)
      // The key is the password, a NUL, and both again: `a` and `a\0a` are one key. No maker of such hashes took a NUL.
      return valid && !password.includes('\u0000')
    },
  }
}

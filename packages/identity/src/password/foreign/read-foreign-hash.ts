import { readBcrypt } from './bcrypt.js'
import type { BcryptLibrary } from './bcrypt-library.js'
import { readFirebase } from './firebase.js'
import type { ForeignHash } from './foreign-hash.js'
import { readPbkdf2 } from './pbkdf2.js'
import { hashWithScrypt, readScrypt } from './scrypt.js'

/** Longer than any text that the patterns match, so that nothing longer needs to be looked at. */
const maximumLength = 500

/**
 * Reads a hash that is not Argon2's, strictly.
 *
 * @returns Undefined for what is none, and for one whose computation would cost too much.
 */
export function readForeignHash(text: string, loadBcrypt: () => Promise<BcryptLibrary>): ForeignHash | undefined {
  if (typeof text !== 'string' || text.length > maximumLength) return undefined
  return readBcrypt(text, loadBcrypt) ?? readScrypt(text) ?? readPbkdf2(text) ?? readFirebase(text)
}

export { hashWithScrypt }

import { isAffordable, owaspCost } from './argon2-cost.js'
import { loadNodeBcrypt } from './foreign/bcrypt-library.js'
import { type Argon2Cost, parseArgon2Phc } from './phc.js'

/** What a password hash is, and how it is kept. */
export interface HashDescription {
  readonly algorithm: 'argon2id' | 'argon2i' | 'argon2d' | 'bcrypt' | 'scrypt' | 'pbkdf2'
  /** The hash as it is kept: the same text, or one that says what it is where the given one does not. */
  readonly stored: string
}

/**
 * Says what a password hash from elsewhere is, if it can be checked here: Argon2, bcrypt, scrypt (PHC, better-auth's or
 * Firebase's without its signer key) or PBKDF2 (PHC, passlib's or Django's), within the limits of cost. For imports.
 *
 * @param current The cost of today's hashes, which is always within the limits. Default OWASP's.
 * @returns Undefined for everything else.
 */
export async function describeHash(
  text: string,
  current: Argon2Cost = owaspCost,
): Promise<HashDescription | undefined> {
  const argon2 = parseArgon2Phc(text)
  if (argon2 !== undefined) {
    return isAffordable(argon2, current) ? { algorithm: argon2.variant, stored: text } : undefined
  }
  const { readForeignHash } = await import('./foreign/read-foreign-hash.js')
  const foreign = readForeignHash(text, loadNodeBcrypt)
  return foreign === undefined ? undefined : { algorithm: foreign.algorithm, stored: foreign.stored }
}

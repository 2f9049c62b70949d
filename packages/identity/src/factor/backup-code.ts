import { hmacSha256, type Keyring, type RandomBytes } from '@cardea/core/crypto'

/** How many a principal gets at once. */
export const backupCodeCount = 10

/** Crockford's base32: no letter that is taken for a digit, or for another letter. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** Five bits each, so 80 in all. */
const symbols = 16
const groupLength = 4
const pattern = new RegExp(`^[${alphabet}]{${symbols}}$`)

/** The longest text that may be a code, with the separators that people write. */
const maximumLength = 64

/** A new code of 80 random bits, as `XXXX-XXXX-XXXX-XXXX`. */
export function createBackupCode(random: RandomBytes): string {
  // 256 is a multiple of 32, so each symbol is equally likely.
  const code = Array.from(random(symbols), (byte) => alphabet.charAt(byte % alphabet.length)).join('')
  return Array.from({ length: symbols / groupLength }, (_, index) =>
    code.slice(index * groupLength, (index + 1) * groupLength),
  ).join('-')
}

/**
 * The symbols of a code as typed: in any case, with or without separators, with the letters that look like digits.
 *
 * @returns Undefined for what is no code of ours.
 */
export function normalizeBackupCode(text: string): string | undefined {
  if (text.length > maximumLength) return undefined
  const code = text
    .replaceAll(/[\s-]/g, '')
    // Of ASCII letters alone: others fold to these, too.
    .replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())
    .replaceAll(/[IL]/g, '1')
    .replaceAll('O', '0')
  return pattern.test(code) ? code : undefined
}

/**
 * What may stand in the database for a code: one text for each key that verifies, the current one first. It belongs to one
 * principal, and without the key nobody can try the 80 bits (OWASP ASVS 6.5.2).
 */
export function backupCodeHashes(keyring: Keyring, principalId: string, code: string): readonly [string, ...string[]] {
  const hash = (key: { readonly bytes: Uint8Array }) => hmacSha256(key.bytes, `backup-code|${principalId}|${code}`)
  const [, ...older] = keyring.all('verification')
  return [hash(keyring.current('verification')), ...older.map(hash)]
}

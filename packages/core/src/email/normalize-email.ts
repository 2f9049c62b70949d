/** The longest address that a mail transaction can carry. RFC 5321 §4.5.3.1.3: 256 bytes, less the two angle brackets. */
export const maximumEmailBytes = 254
/** RFC 5321 §4.5.3.1.1. */
const maximumLocalPartBytes = 64

/** RFC 5322 §3.2.3 dot-atom. Quoted local parts are not accepted. */
const localPartPattern = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
/** RFC 1123 §2.1, with at least two labels of which the last begins with a letter, so that it is no IP address. */
const domainPattern = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/

/**
 * Brings an e-mail address to the one form in which it is compared and stored: one RFC 5321 addr-spec, in lower case.
 *
 * Only ASCII is accepted. So no letter that merely looks like another, folds to another (`K`, `ſ`, `ı`) or normalises
 * to another (`＠`, `ﬁ`) can meet somebody else's address, under no locale and no collation. Internationalised domains are
 * written in their A-label form (`xn--…`); internationalised local parts (RFC 6531) are refused. Nothing is trimmed.
 *
 * @returns Undefined for everything that is not such an address, of whatever type.
 */
export function normalizeEmail(input: unknown): string | undefined {
  if (typeof input !== 'string' || input.length > maximumEmailBytes) return undefined
  // Before anything else, because `toLowerCase` turns some letters beyond ASCII into ASCII ones.
  if (!/^[\x21-\x7e]+$/.test(input)) return undefined
  const address = input.toLowerCase()
  const at = address.lastIndexOf('@')
  const localPart = address.slice(0, at)
  if (at < 1 || localPart.length > maximumLocalPartBytes) return undefined
  return localPartPattern.test(localPart) && domainPattern.test(address.slice(at + 1)) ? address : undefined
}

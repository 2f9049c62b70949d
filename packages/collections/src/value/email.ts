/** The longest address that a mail transaction can carry. @see RFC 5321 §4.5.3.1.3, less the two angle brackets */
export const maxEmailLength = 254
const maxLocalPartLength = 64

// RFC 5321 §4.1.2: a dot-string, then a domain of at least two labels. Quoted local parts, address literals and
// characters beyond ASCII, among them look-alikes, are not taken.
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const domain = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])$/

/** Whether a text has the form of an e-mail address that can be delivered to over the internet. */
export function isEmailAddress(value: string): boolean {
  if (value.length > maxEmailLength) return false
  const at = value.indexOf('@')
  return at > 0 && at <= maxLocalPartLength && localPart.test(value.slice(0, at)) && domain.test(value.slice(at + 1))
}

const usernamePattern = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9_])?$/

/**
 * Brings a username to the one form in which it is compared: 1 to 64 ASCII letters, digits, `.`, `_` or `-`, in lower
 * case, beginning with a letter or digit and ending with one or `_`. It never holds an `@`, so it is never an e-mail address.
 *
 * As with e-mail addresses, ASCII alone keeps one user from looking like another.
 *
 * @returns Undefined for everything else, of whatever type. Nothing is trimmed.
 */
export function normalizeUsername(input: unknown): string | undefined {
  if (typeof input !== 'string' || input.length > 64) return undefined
  // `toLowerCase` turns some letters beyond ASCII into ASCII ones, so they are ruled out first.
  if (!/^[\x21-\x7e]+$/.test(input)) return undefined
  const username = input.toLowerCase()
  return usernamePattern.test(username) ? username : undefined
}

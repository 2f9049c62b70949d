import type { RandomBytes } from '@cardea/core/crypto'

/** Seconds that one code is shown for (RFC 6238 §4.1, the value that every authenticator app knows). */
const stepSeconds = 30
/** Digits of a code. */
const digits = 6
/** How many steps a clock may be off in either direction; more than one is not recommended (RFC 6238 §5.2). */
const tolerance = 1
/** 160 bits, as long as the output of SHA-1 (RFC 4226 §4, R6). */
const secretBytes = 20
/** Longest name that goes into a URI, in UTF-16 units: a longer one makes a picture that phones fail to read. */
const maximumNameLength = 255

const codePattern = /^[0-9]{6}$/
/** The longest text that may be a code, with the spaces that apps show in it. */
const maximumCodeLength = 32

/** Loaded with the first code: most requests need none. */
const loadLibrary = async () => await import('otpauth')

/** A new secret of a generator, in base32 (RFC 4648 §6), which is how people type it in. */
export async function createTotpSecret(random: RandomBytes): Promise<string> {
  const { Secret } = await loadLibrary()
  // A copy, whose buffer holds these bytes and nothing else.
  return new Secret({ buffer: Uint8Array.from(random(secretBytes)).buffer }).base32
}

/**
 * The digits of a code as typed, with the spaces that apps show in it taken out.
 *
 * @returns Undefined for what no generator shows.
 */
export function normalizeTotpCode(text: string): string | undefined {
  if (text.length > maximumCodeLength) return undefined
  const code = text.replaceAll(/[\s-]/g, '')
  return codePattern.test(code) ? code : undefined
}

/**
 * Finds the time step that a code is of: the earliest after the one used last, from one before now to one after.
 *
 * @param secret In base32.
 * @param now Milliseconds since 1970.
 * @param lastUsedStep No step at or before this one counts.
 * @returns `replayed` for a right code of a step that does not count any more; undefined for a wrong code.
 * @see RFC 6238 §5.2
 */
export async function findTotpStep(
  secret: string,
  code: string,
  now: number,
  lastUsedStep: number,
): Promise<number | 'replayed' | undefined> {
  const { HOTP, Secret } = await loadLibrary()
  const key = Secret.fromBase32(secret)
  const current = Math.floor(now / (stepSeconds * 1_000))
  let found: number | 'replayed' | undefined
  // All steps are compared, whichever fits, so that the time does not tell.
  for (let step = Math.max(0, current - tolerance); step <= current + tolerance; step += 1) {
    if (HOTP.validate({ token: code, secret: key, algorithm: 'SHA1', digits, counter: step, window: 0 }) === null)
      continue
    if (step <= lastUsedStep) found ??= 'replayed'
    else if (typeof found !== 'number') found = step
  }
  return found
}

/**
 * What an authenticator app reads from a picture.
 *
 * @param issuer The app's name, and `account` the user's: what makes no name in such a URI is taken out, the colon that
 * separates the two above all.
 * @see https://github.com/google/google-authenticator/wiki/Key-Uri-Format
 */
export async function totpUri(secret: string, issuer: string, account: string): Promise<string> {
  const { Secret, TOTP } = await loadLibrary()
  return new TOTP({
    issuer: toName(issuer),
    label: toName(account),
    issuerInLabel: true,
    secret: Secret.fromBase32(secret),
    algorithm: 'SHA1',
    digits,
    period: stepSeconds,
  }).toString()
}

function toName(text: string): string {
  return text
    .slice(0, maximumNameLength)
    .replaceAll(/[\p{Cc}:]/gu, ' ')
    .replaceAll(/\p{Surrogate}/gu, '\u{FFFD}')
    .trim()
}

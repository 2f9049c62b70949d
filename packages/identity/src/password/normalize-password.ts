/** No password is longer than this in UTF-8, after normalisation, whatever a policy says. */
export const maximumPasswordBytes = 1_024

/**
 * Composing characters (NFC) makes a text at most some four times shorter, so what is longer than this cannot become
 * acceptable and is not even normalised.
 */
const maximumUnits = 4 * maximumPasswordBytes

/** A password as it is hashed, or why it never is. */
export type NormalizedPassword =
  | {
      readonly acceptable: true
      readonly password: string
      /**
       * The forms in which it is checked: as it was sent, which is what other systems have hashed, and composed. One where both
       * are the same, as nearly always. Every check tries all of them, whether one fits or not and whether there is an account or
       * not, so that the time depends on what was sent alone.
       */
      readonly forms: readonly string[]
    }
  | { readonly acceptable: false; readonly problem: 'too_long' | 'not_well_formed' }

/**
 * Brings a password to Unicode normal form C, so that `é` is the same from every keyboard. Nothing else is changed: no
 * trimming, no case, no cutting.
 *
 * Cheap for inputs of any size. A lone surrogate has no UTF-8 form: encoders replace it, so that different passwords
 * would become one; such texts are refused.
 *
 * @see NIST SP 800-63B-4 §3.1.1.2
 */
export function normalizePassword(password: string, maxBytes = maximumPasswordBytes): NormalizedPassword {
  if (typeof password !== 'string') return { acceptable: false, problem: 'not_well_formed' }
  if (password.length > maximumUnits) return { acceptable: false, problem: 'too_long' }
  if (/\p{Surrogate}/u.test(password)) return { acceptable: false, problem: 'not_well_formed' }
  const normalized = password.normalize('NFC')
  if (Buffer.byteLength(normalized) > Math.min(maxBytes, maximumPasswordBytes)) {
    return { acceptable: false, problem: 'too_long' }
  }
  return {
    acceptable: true,
    password: normalized,
    forms: password === normalized ? [normalized] : [password, normalized],
  }
}

/** Whether a text can be anybody's password at all, whatever the policy was when it was set. Costs next to nothing. */
export const isPossiblePassword = (password: string): boolean => normalizePassword(password).acceptable

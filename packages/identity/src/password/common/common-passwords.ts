import { commonPasswordsData } from './common-passwords-data.js'
import { openGolombSet } from './golomb-set.js'
import { foldText, lookedUpForms } from './prefixes.js'

const isListed = openGolombSet(commonPasswordsData)

/**
 * Whether a password is one of the most common, in any case, or one with digits and punctuation behind it. Of other
 * passwords fewer than one in 1,000 is taken for common.
 *
 * @see OWASP ASVS 5.0 6.2.4; NIST SP 800-63B-4 §3.1.1.2
 */
export const isCommonPassword = (password: string): boolean => lookedUpForms(foldText(password)).some(isListed)

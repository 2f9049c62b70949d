import { CardeaError, type ErrorIssue } from '@cardea/core'
import { isMadeOfContext } from './context-words.js'
import { maximumPasswordBytes, normalizePassword } from './normalize-password.js'

/**
 * What a new password must be like. The three composition rules are off unless an app asks for them: NIST SP 800-63B-4
 * §3.1.1.2 advises against them.
 */
export interface PasswordPolicy {
  /** Smallest length in Unicode code points, 8 to 64. */
  readonly minLength: number
  /** Largest length in bytes of UTF-8, 256 to 1,024; 256 hold any 64 characters. */
  readonly maxBytes: number
  /** Whether an upper-case letter of any script is needed (Unicode category Lu). */
  readonly requireUpper: boolean
  /** Whether a decimal digit of any script is needed (Unicode category Nd). */
  readonly requireNumber: boolean
  /** Whether a character is needed that is neither letter (with its marks) nor decimal digit, such as a space. */
  readonly requireSpecial: boolean
}

export const defaultPasswordPolicy: PasswordPolicy = Object.freeze({
  minLength: 8,
  maxBytes: maximumPasswordBytes,
  requireUpper: false,
  requireNumber: false,
  requireSpecial: false,
})

/** What a password is judged by beside the policy, and where it stood. */
export interface PasswordContext {
  /** What the issues name as their place. Default `password`. */
  readonly path?: string
  /** Words that somebody who knows the account would try: local part of its e-mail address, user name, name of the app, host. */
  readonly context?: readonly string[]
}

/**
 * Judges a new password by a policy and by the words around the account, without the list of common passwords.
 *
 * @returns Every reason against it, with the codes `too_short`, `needs_upper`, `needs_number`, `needs_special`,
 * `contains_context`; or `too_long` or `not_well_formed` alone, since such a text is not looked at any further.
 */
export function checkPassword(
  policy: PasswordPolicy,
  password: string,
  { path = 'password', context = [] }: PasswordContext = {},
): readonly ErrorIssue[] {
  const normalized = normalizePassword(password, policy.maxBytes)
  if (!normalized.acceptable) return [describeProblem(normalized.problem, path, policy.maxBytes)]
  const text = normalized.password
  const issues: ErrorIssue[] = []
  const refuse = (code: string, message: string): void => {
    issues.push({ path, code, message })
  }
  // A string iterates by code points.
  if (Array.from(text).length < policy.minLength) {
    refuse('too_short', `must be at least ${policy.minLength} characters`)
  }
  if (policy.requireUpper && !/\p{Lu}/u.test(text)) refuse('needs_upper', 'needs an upper-case letter')
  if (policy.requireNumber && !/\p{Nd}/u.test(text)) refuse('needs_number', 'needs a digit')
  if (policy.requireSpecial && !/[^\p{L}\p{M}\p{Nd}]/u.test(text)) {
    refuse('needs_special', 'needs a character that is neither letter nor digit')
  }
  if (isMadeOfContext(text, context)) {
    refuse('contains_context', 'must not be made of the names of the account or the app')
  }
  return issues
}

/** Why no policy could accept a password, as an issue. */
export function describeProblem(
  problem: 'too_long' | 'not_well_formed',
  path: string,
  maxBytes = maximumPasswordBytes,
): ErrorIssue {
  return problem === 'too_long'
    ? { path, code: 'too_long', message: `must be at most ${maxBytes} bytes` }
    : { path, code: 'not_well_formed', message: 'must be well-formed Unicode text' }
}

/** @throws CardeaError `configuration_invalid` for a policy out of range. */
export function assertPasswordPolicy(policy: PasswordPolicy): void {
  const { minLength, maxBytes } = policy
  if (!Number.isSafeInteger(minLength) || minLength < 8 || minLength > 64) {
    throw new CardeaError('configuration_invalid', 'password policy: minLength must be a whole number from 8 to 64')
  }
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 256 || maxBytes > maximumPasswordBytes) {
    throw new CardeaError(
      'configuration_invalid',
      `password policy: maxBytes must be a whole number from 256 to ${maximumPasswordBytes}`,
    )
  }
  for (const toggle of ['requireUpper', 'requireNumber', 'requireSpecial'] as const) {
    if (typeof policy[toggle] !== 'boolean') {
      throw new CardeaError('configuration_invalid', `password policy: ${toggle} must be true or false`)
    }
  }
}

import { CardeaError, type ErrorIssue } from '@cardea/core'
import { maximumPasswordBytes, normalizePassword } from './normalize-password.js'

/** What a new password must be like. Composition rules are not among it, as NIST SP 800-63B-4 §3.1.1.2 asks. */
export interface PasswordPolicy {
  /** Smallest length in Unicode code points, 8 to 64. */
  readonly minLength: number
  /** Largest length in bytes of UTF-8, 256 to 1,024; 256 hold any 64 characters. */
  readonly maxBytes: number
}

export const defaultPasswordPolicy: PasswordPolicy = Object.freeze({ minLength: 8, maxBytes: maximumPasswordBytes })

/**
 * Judges a new password by a policy.
 *
 * @param context.path What the issues name as their place. Default `password`.
 * @returns Every reason against it, with the codes `too_short`, `too_long` or `not_well_formed`; none if it is good.
 */
export function checkPassword(
  policy: PasswordPolicy,
  password: string,
  context: { readonly path?: string } = {},
): readonly ErrorIssue[] {
  const path = context.path ?? 'password'
  const normalized = normalizePassword(password, policy.maxBytes)
  if (!normalized.acceptable) return [describeProblem(normalized.problem, path, policy.maxBytes)]
  // A string iterates by code points.
  const length = Array.from(normalized.password).length
  if (length >= policy.minLength) return []
  return [{ path, code: 'too_short', message: `must be at least ${policy.minLength} characters` }]
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
}

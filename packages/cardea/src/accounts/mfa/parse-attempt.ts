import type { FactorAttempt } from '@cardea/identity'
import { invalidInput } from '../invalid-input.js'

/**
 * The code that somebody presents, whatever a caller in plain JavaScript has handed over.
 *
 * @throws CardeaError `invalid_request`, `unknown_field`.
 */
export function parseAttempt(input: unknown): FactorAttempt {
  if (typeof input !== 'object' || input === null) {
    throw invalidInput([{ path: '', code: 'invalid_type', message: 'must be an object' }])
  }
  const [first, ...others] = Object.entries(input).filter(([, value]) => value !== undefined)
  if (first === undefined) throw invalidInput([{ path: 'code', code: 'required', message: 'is required' }])
  const [name, value] = first
  if (name !== 'code' && name !== 'backupCode') {
    throw invalidInput([{ path: name, code: 'unknown_field', message: 'is not a known field' }])
  }
  if (others.length > 0) throw invalidInput([{ path: name, code: 'conflicting', message: 'must be the only proof' }])
  if (typeof value !== 'string') {
    throw invalidInput([{ path: name, code: 'invalid_type', message: 'must be of type string' }])
  }
  return name === 'code' ? { code: value } : { backupCode: value }
}

import { CardeaError, type ErrorIssue } from '@cardea/core'

/** The error for input that does not fit: `unknown_field` when that is all that is wrong. */
export function invalidInput(issues: readonly ErrorIssue[]): CardeaError {
  return issues.every((issue) => issue.code === 'unknown_field')
    ? new CardeaError('unknown_field', 'The input has a field that is not known.', { issues })
    : new CardeaError('invalid_request', 'The input is not valid.', { issues })
}

import { CardeaError, type ErrorIssue } from '@cardea/core'

/** What the column of a label holds, in characters. */
const longestLabel = 200
const control = /[\p{Cc}\p{Zl}\p{Zp}]/u

/** What is wrong with the label of a key; undefined when nothing is. */
export function labelIssue(label: unknown): ErrorIssue | undefined {
  if (typeof label !== 'string') return { path: 'label', code: 'invalid_type', message: 'must be of type string' }
  if (!label.isWellFormed() || control.test(label)) {
    return { path: 'label', code: 'invalid_format', message: 'must not hold control characters' }
  }
  return Array.from(label).length <= longestLabel
    ? undefined
    : { path: 'label', code: 'too_long', message: `must have at most ${longestLabel} characters` }
}

/** @throws CardeaError `invalid_request` */
export function requireLabel(label: unknown): void {
  const issue = labelIssue(label)
  if (issue !== undefined) throw new CardeaError('invalid_request', 'The input is not valid.', { issues: [issue] })
}

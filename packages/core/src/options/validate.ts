import type * as z from 'zod'
import type { ErrorIssue } from '../errors.js'

/** A checked input, or every place where it is wrong. */
export type Validation<Output> =
  | { readonly valid: true; readonly value: Output }
  | { readonly valid: false; readonly issues: readonly ErrorIssue[] }

/** Checks an input against a schema. Issues name places and reasons, never the value that was found. */
export function validate<Output>(schema: z.ZodType<Output>, input: unknown): Validation<Output> {
  // `reportInput` tells a missing value from one of a wrong type; the input itself goes no further than this file.
  const result = schema.safeParse(input, { reportInput: true })
  if (result.success) return { valid: true, value: result.data }
  return { valid: false, issues: result.error.issues.flatMap((issue) => describe(issue)) }
}

function describe(issue: z.core.$ZodIssue): ErrorIssue[] {
  const path = issue.path.map(String).join('.')
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: path === '' ? key : `${path}.${key}`,
        code: 'unknown_field',
        message: 'is not a known field',
      }))
    case 'invalid_type':
      return issue.input === undefined
        ? [{ path, code: 'required', message: 'is required' }]
        : [{ path, code: 'invalid_type', message: `must be of type ${issue.expected}` }]
    case 'too_small':
      return [{ path, code: 'too_small', message: `must be at least ${issue.minimum}${unitOf(issue.origin)}` }]
    case 'too_big':
      return [{ path, code: 'too_big', message: `must be at most ${issue.maximum}${unitOf(issue.origin)}` }]
    case 'invalid_value':
      return [{ path, code: 'invalid_value', message: `must be one of ${issue.values.map(String).join(', ')}` }]
    case 'invalid_format':
      return [{ path, code: 'invalid_format', message: `must be a valid ${issue.format}` }]
    case 'custom':
      return [{ path, code: codeOf(issue.params), message: issue.message }]
    default:
      return [{ path, code: 'invalid', message: 'is not valid' }]
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' || origin === 'set' ? ' items' : ''
}

function codeOf(params: Readonly<Record<string, unknown>> | undefined): string {
  const code = params?.['code']
  return typeof code === 'string' ? code : 'invalid'
}

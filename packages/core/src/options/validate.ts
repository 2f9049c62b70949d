import * as z from 'zod/mini'
import type { ErrorIssue } from '../errors.js'
import { meantBy } from './meant-by.js'

/** A checked input, or every place where it is wrong. */
export type Validation<Output> =
  | { readonly valid: true; readonly value: Output }
  | { readonly valid: false; readonly issues: readonly ErrorIssue[] }

/** Stands in for every message that a schema does not bring itself; nobody writes it. */
const noMessage = '\u0000'

/**
 * How zod is to parse, also where a schema parses a part of its input by itself.
 *
 * `reportInput` tells a missing value from one of a wrong type; the input itself goes no further than this file. The messages
 * that an app sets with `z.config` hold for all of zod in the process, and may quote the input: none is asked for.
 */
export const parseContext = Object.freeze({ reportInput: true, error: () => noMessage })

/** The same where the names that a schema knows are no secret, as those of options are: an unknown one gets a hint. */
export const hintingContext = Object.freeze({
  reportInput: true,
  error: (issue: z.core.$ZodRawIssue) => {
    const shape = issue.code === 'unrecognized_keys' ? shapeOf(issue.inst) : undefined
    return shape === undefined ? noMessage : Object.keys(shape).join(', ')
  },
})

const shapeOf = (schema: unknown): object | undefined => (schema instanceof z.ZodMiniObject ? schema.shape : undefined)

/** Checks an input against a schema. Issues name places and reasons, never the value that was found. */
export function validate<Output>(
  schema: z.core.$ZodType<Output>,
  input: unknown,
  context: typeof parseContext | typeof hintingContext = parseContext,
): Validation<Output> {
  const result = z.safeParse(schema, input, context)
  if (result.success) return { valid: true, value: result.data }
  return { valid: false, issues: result.error.issues.flatMap((issue) => describe(issue)) }
}

function describe(issue: z.core.$ZodIssue): ErrorIssue[] {
  const path = issue.path.map(String).join('.')
  if (issue.input === undefined && saysMissing(issue)) return [{ path, code: 'required', message: 'is required' }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: path === '' ? key : `${path}.${key}`,
        code: 'unknown_field',
        message: unknownName(key, issue),
      }))
    case 'invalid_type':
      return [{ path, code: 'invalid_type', message: `must be of type ${issue.expected}` }]
    case 'too_small':
      return [{ path, code: 'too_small', message: `must be ${limitOf('least', issue, issue.minimum)}` }]
    case 'too_big':
      return [{ path, code: 'too_big', message: `must be ${limitOf('most', issue, issue.maximum)}` }]
    case 'invalid_value':
      return [{ path, code: 'invalid_value', message: `must be one of ${issue.values.map(String).join(', ')}` }]
    case 'invalid_format':
      return [{ path, code: 'invalid_format', message: formatOf(issue.format) }]
    case 'custom':
      return [{ path, code: codeOf(issue.params), message: messageOf(issue) }]
    default:
      return [{ path, code: 'invalid', message: messageOf(issue) }]
  }
}

/** Only {@link hintingContext} has a message for these: the names that there are. */
function unknownName(name: string, issue: z.core.$ZodIssue): string {
  const what = 'is not a known field'
  if (!hasOwnMessage(issue)) return what
  return `${what}; ${meantBy(name, issue.message.split(', ')) ?? `known are ${issue.message}`}`
}

/** Whether this is what a schema says of a value that is not there: it depends on the kind of value it wants. */
function saysMissing(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'custom') return !hasOwnMessage(issue)
  return issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union'
}

/** Whether the author of a schema wrote a message. */
const hasOwnMessage = (issue: z.core.$ZodIssue): boolean => issue.message !== noMessage

const messageOf = (issue: z.core.$ZodIssue): string => (hasOwnMessage(issue) ? issue.message : 'is not valid')

interface Limit {
  readonly origin: string
  readonly inclusive?: boolean
  readonly exact?: boolean
}

function limitOf(side: 'least' | 'most', issue: Limit, limit: number | bigint): string {
  const amount = `${limit}${unitOf(issue.origin)}`
  if (issue.exact === true) return `exactly ${amount}`
  if (issue.inclusive === false) return `${side === 'least' ? 'more' : 'less'} than ${amount}`
  return `at ${side} ${amount}`
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' || origin === 'set' ? ' items' : ''
}

/** Formats that have a name are named; a pattern means nothing to the reader. */
function formatOf(format: string): string {
  return /^(email|url|uuid|ipv4|ipv6|date|time|datetime|jwt)$/.test(format)
    ? `must be a valid ${format}`
    : 'does not have the required form'
}

function codeOf(params: Readonly<Record<string, unknown>> | undefined): string {
  const code = params?.['code']
  return typeof code === 'string' ? code : 'invalid'
}

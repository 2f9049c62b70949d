import type { Condition } from '@cardea/core'
import { type Fail, parseCondition } from '../condition/parse-condition.js'
import { isStorableText } from '../condition/storable.js'

/** Whether a grant gives or takes. A deny beats every allow of every role, but not a bypass. */
export type Effect = 'allow' | 'deny'

/** A permission or wildcard that a role allows or denies, perhaps only for some objects and fields. */
export interface Grant<Pattern extends string = string> {
  /** `resource:operation`, `resource:*`, `*:operation` or `*`. */
  readonly permission: Pattern
  readonly effect: Effect
  /** When it holds; null for always. */
  readonly condition: Condition | null
  /** Which fields it covers; null for all. */
  readonly fields: readonly string[] | null
}

const maximumFields = 1_000

/**
 * Checks the parts of a grant that may come from a row, a file or a request, and returns a frozen copy.
 *
 * Fields are sorted and without doubles, so that the same grant always looks the same.
 */
export function parseGrant<Pattern extends string>(
  grant: {
    readonly permission: Pattern
    readonly effect: unknown
    readonly condition: unknown
    readonly fields: unknown
  },
  fail: Fail,
): Grant<Pattern> {
  const { permission, effect } = grant
  if (effect !== 'allow' && effect !== 'deny') return fail('effect', 'must be allow or deny')
  const condition =
    grant.condition === null
      ? null
      : parseCondition(grant.condition, (path, reason) => fail(path === '' ? 'condition' : `condition.${path}`, reason))
  return Object.freeze({ permission, effect, condition, fields: parseFields(grant.fields, fail) })
}

function parseFields(fields: unknown, fail: Fail): readonly string[] | null {
  if (fields === null) return null
  if (!Array.isArray(fields) || fields.length === 0) return fail('fields', 'must be a list that is not empty')
  if (fields.length > maximumFields) return fail('fields', `must be at most ${maximumFields}`)
  const names = new Set<string>()
  for (const [index, field] of fields.entries()) {
    if (typeof field !== 'string' || field === '' || field.length > 128 || !isStorableText(field)) {
      return fail(`fields.${index}`, 'must be the name of a field')
    }
    names.add(field)
  }
  return Object.freeze([...names].sort())
}

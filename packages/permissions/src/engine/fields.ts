import type { Asker, ConditionalGrant, ConditionalGrants } from './conditional.js'

/**
 * The fields of one object that grants allow, of those that are asked for: each is what `decide` says of it alone, and each
 * condition is judged once.
 */
export function fieldsOf<Field extends string>(
  grants: ConditionalGrants,
  asker: Asker,
  object: object | null | undefined,
  candidates: readonly Field[],
): readonly Field[] {
  const holds = ({ test }: ConditionalGrant, whenUnknown: boolean): boolean => {
    if (test === null) return true
    return (object === null || object === undefined ? null : test(object, asker)) ?? whenUnknown
  }
  const denies = grants.denies.filter((grant) => holds(grant, true))
  const allows = grants.allows.filter((grant) => holds(grant, false))
  return candidates.filter((field) => allows.some(covers(field)) && !denies.some(covers(field)))
}

const covers =
  (field: string) =>
  ({ fields }: ConditionalGrant): boolean =>
    fields === null || fields.has(field)

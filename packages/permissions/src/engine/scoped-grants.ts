import { type Condition, eq, oneOf, type Scalar } from '@cardea/core'
import { isStorableText } from '../condition/storable.js'
import type { CompiledRole, NumberedGrant, ScopedGrants } from './compiled-role.js'
import { type ConditionalGrant, ownValue, type Test } from './conditional.js'

/** A role that is held for single objects. */
export interface ScopedRole {
  /** The role's place in the list of compiled roles. */
  readonly place: number
  readonly resourceType: string
  readonly resourceIds: ReadonlySet<string>
  /** Whether it is in force. If it is not, what it denies stays denied. */
  readonly active: boolean
}

/**
 * Turns the grants of roles into grants for single objects: each holds where its own condition does and the object is one of
 * those.
 *
 * @param reached The role and all that it inherits.
 * @param scope.numbers The permissions that are about such objects.
 * @param scope.idField The field that holds an object's id.
 */
export function scopeGrants(
  reached: readonly CompiledRole[],
  scope: {
    readonly numbers: ReadonlySet<number>
    readonly idField: string
    readonly resourceIds: ReadonlySet<string>
  },
): ScopedGrants {
  const { numbers, idField } = scope
  // What no column can hold is no object's id.
  const ids = [...scope.resourceIds].filter(isStorableText).sort()
  if (ids.length === 0) return { allows: [], denies: [] }
  const isOne = scopeTest(idField, ids)
  const condition = idCondition(idField, ids)
  const within = (list: readonly number[]) => list.filter((number) => numbers.has(number))
  const plain = (lists: readonly (readonly number[])[]): NumberedGrant[] => {
    const permissions = [...new Set(lists.flatMap(within))]
    return permissions.length === 0 ? [] : [{ permissions, grant: { test: isOne, condition, fields: null } }]
  }
  const narrowed = (grants: readonly NumberedGrant[]): NumberedGrant[] =>
    grants.flatMap(({ permissions, grant }) => {
      const left = within(permissions)
      return left.length === 0 ? [] : [{ permissions: left, grant: narrow(grant, isOne, condition) }]
    })
  return {
    allows: [
      ...plain(reached.flatMap(({ allows }) => allows)),
      ...narrowed(reached.flatMap((role) => role.conditionalAllows)),
    ],
    denies: [
      ...plain(reached.flatMap(({ denies }) => denies)),
      ...narrowed(reached.flatMap((role) => role.conditionalDenies)),
    ],
  }
}

function narrow(grant: ConditionalGrant, isOne: Test, condition: Condition): ConditionalGrant {
  if (grant.test === null || grant.condition === null) return { test: isOne, condition, fields: grant.fields }
  const inner = grant.test
  return {
    test: (object, asker) => {
      const one = isOne(object, asker)
      if (one === false) return false
      const holds = inner(object, asker)
      return holds === true ? one : holds
    },
    condition: { op: 'and', conditions: [condition, grant.condition] },
    fields: grant.fields,
  }
}

/** Ids are compared as text, so an id that looks like a number may be a number in the object, and in its column. */
function idCondition(idField: string, ids: readonly string[]): Condition {
  const values = ids.flatMap((id): Scalar[] => (isNumber(id) ? [id, Number(id)] : [id]))
  return values.length === 1 ? eq(idField, values[0] ?? null) : oneOf(idField, values)
}

/** Whether an object is one of those: the same answer as the condition's, however many there are. */
export function scopeTest(idField: string, resourceIds: readonly string[]): Test {
  const ids = new Set(resourceIds)
  return (object) => {
    try {
      const id = ownValue(object, idField)
      if (typeof id === 'string') return ids.has(id)
      if (typeof id === 'number') return Number.isNaN(id) ? null : Number.isFinite(id) && ids.has(String(id))
      return typeof id === 'boolean' ? false : null
    } catch {
      return null
    }
  }
}

const isNumber = (id: string): boolean => Number.isFinite(Number(id)) && String(Number(id)) === id

import type { Condition } from '@cardea/core'
import { type Asker, type ConditionalGrant, resolve } from './conditional.js'
import { hasBit, type RoleSet } from './role-set.js'
import type { SubjectSnapshot } from './subject-snapshot.js'

/** Writes down what a set of roles gives. */
export function snapshotOf(
  set: RoleSet,
  labels: readonly string[],
  asker: Asker,
): Pick<SubjectSnapshot, 'allowed' | 'conditional' | 'grants' | 'values'> {
  const places = new Map<ConditionalGrant, number>()
  const placeOf = (grant: ConditionalGrant): number => {
    const place = places.get(grant) ?? places.size
    places.set(grant, place)
    return place
  }
  // A wildcard gives many permissions by the same grants.
  const groups = new Map<string, { permissions: string[]; allows: number[]; denies: number[] }>()
  for (const [number, grants] of [...(set.conditional ?? [])].sort(([a], [b]) => a - b)) {
    const [allows, denies] = [grants.allows.map(placeOf), grants.denies.map(placeOf)]
    const key = `${allows.join()}/${denies.join()}`
    const group = groups.get(key) ?? { permissions: [], allows, denies }
    groups.set(key, group)
    group.permissions.push(labels[number] ?? '')
  }
  const grants = [...places.keys()]
  const references = new Set(grants.flatMap(({ condition }) => (condition === null ? [] : referencesOf(condition))))
  references.delete('principal.id')
  return {
    allowed: pack(labels.filter((_, number) => hasBit(set.held, number))),
    conditional: [...groups.values()].map(({ permissions, allows, denies }) => [pack(permissions), allows, denies]),
    grants: grants.map(({ condition, fields }) => ({
      ...(condition === null ? {} : { when: condition }),
      ...(fields === null ? {} : { fields: [...fields] }),
    })),
    values: Object.fromEntries([...references].map((reference) => [reference, resolve(asker, reference)])),
  }
}

function referencesOf(condition: Condition): string[] {
  if ('conditions' in condition) return condition.conditions.flatMap(referencesOf)
  if (condition.op === 'not') return referencesOf(condition.condition)
  if (condition.op === 'isNull') return []
  const operands = condition.op === 'in' ? condition.values : [condition.value]
  return operands.flatMap((operand) => (typeof operand === 'object' && operand !== null ? [operand.ref] : []))
}

/** Permissions of one resource that follow each other become one text; operations hold no comma. */
function pack(labels: readonly string[]): readonly string[] {
  const packed: string[] = []
  let last = ''
  for (const label of labels) {
    const colon = label.indexOf(':')
    const resource = label.slice(0, colon)
    if (resource === last) packed.push(`${packed.pop()},${label.slice(colon + 1)}`)
    else packed.push(label)
    last = resource
  }
  return packed
}

/** The labels that {@link pack} packed. */
export function unpack(packed: readonly string[]): readonly string[] {
  return packed.flatMap((text) => {
    const colon = text.indexOf(':')
    if (colon === -1) return [text]
    return text
      .slice(colon + 1)
      .split(',')
      .map((operation) => `${text.slice(0, colon)}:${operation}`)
  })
}

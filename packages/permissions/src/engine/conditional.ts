import { absent, type Condition, compileConditionOver } from '@cardea/core'
import { storable } from '../condition/storable.js'
import type { Circumstances, Decision } from './terms.js'

/** Who asks and under which circumstances. */
export interface Asker extends Circumstances {
  /** The principal's id; null where it is none that a column could hold, so that nobody's objects are its own. */
  readonly id: string | null
}

/** True, false, or null for unknown. */
export type Test = (object: object, asker: Asker) => boolean | null

/** A grant that holds for some objects or fields only, or an unconditional one beside such. */
export interface ConditionalGrant {
  /** Null for always. */
  readonly test: Test | null
  /** What the test tests, as data; null for always. */
  readonly condition: Condition | null
  /** Null for all. */
  readonly fields: ReadonlySet<string> | null
}

/** All that a set of roles says about one permission, where that depends on the object or the field. */
export interface ConditionalGrants {
  readonly allows: readonly ConditionalGrant[]
  readonly denies: readonly ConditionalGrant[]
}

/** The one grant that always holds. */
export const unconditional: ConditionalGrant = Object.freeze({ test: null, condition: null, fields: null })

/** A row that was loaded in part must not be taken for one whose other columns are null. */
const read = (object: object, field: string): unknown =>
  Object.hasOwn(object, field) ? Reflect.get(object, field) : absent

/** Compiles the condition of a grant; one that fails while it judges an object is unknown. */
export function compileTest(condition: Condition): Test {
  const judge = compileConditionOver<object, Asker>(condition, { read, resolve })
  return (object, asker) => {
    try {
      return judge(object, asker)
    } catch {
      // A getter of the app's object threw. Unknown lets no allow through and no deny pass.
      return null
    }
  }
}

/**
 * Decides over grants that depend on the object or the field.
 *
 * Each grant is judged as a whole: its condition for this object and its fields together, so that one grant's rows never
 * combine with another's fields. An allow counts when it is known to hold, a deny unless it is known not to.
 */
export function decide(
  grants: ConditionalGrants,
  asker: Asker,
  object: object | null | undefined,
  field: string | undefined,
): Decision {
  let openDeny = false
  for (const deny of grants.denies) {
    const holds = applies(deny, asker, object, field, true)
    if (holds === true) return 'denied'
    if (holds === undefined) openDeny = true
  }
  let openAllow = false
  for (const allow of grants.allows) {
    const holds = applies(allow, asker, object, field, false)
    if (holds === true) return openDeny ? 'conditional' : 'allowed'
    if (holds === undefined) openAllow = true
  }
  return openAllow ? 'conditional' : 'denied'
}

/** Whether a grant covers an object and a field; undefined when that depends on one that is not given. */
function applies(
  grant: ConditionalGrant,
  asker: Asker,
  object: object | null | undefined,
  field: string | undefined,
  whenUnknown: boolean,
): boolean | undefined {
  const coversField = grant.fields === null ? true : field === undefined ? undefined : grant.fields.has(field)
  if (coversField === false || grant.test === null) return coversField
  if (object === undefined || object === null) return undefined
  return (grant.test(object, asker) ?? whenUnknown) ? coversField : false
}

/** The value of a `principal.…` or `context.…` reference; null for what is missing and for what no column could hold. */
export function resolve(asker: Asker, reference: string): string | number | boolean | null {
  if (reference === 'principal.id') return asker.id
  const dot = reference.indexOf('.')
  const source = reference.slice(0, dot) === 'principal' ? asker.principal : asker.context
  return source === undefined ? null : storable(ownValue(source, reference.slice(dot + 1)))
}

/** An object's own member; what it inherits from a prototype, such as `constructor`, is not its data. */
export function ownValue(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined
}

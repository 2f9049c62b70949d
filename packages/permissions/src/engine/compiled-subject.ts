import { CardeaError } from '@cardea/core'
import { isPermissionLabel } from '../catalogue/permission-label.js'
import type { FieldOf, ObjectOf } from '../catalogue/row-types.js'
import { type Asker, decide } from './conditional.js'
import { explainBare, outsideScopes, type Question } from './explain.js'
import type { Explanation } from './explanation.js'
import { fieldsOf } from './fields.js'
import type { Assignment } from './policy-snapshot.js'
import { hasBit, type RoleSet } from './role-set.js'
import { filterOf, type RowFilter } from './row-filter.js'
import { restrictRoleSet } from './scopes.js'
import type { Subject } from './subject.js'
import type { SubjectSnapshot } from './subject-snapshot.js'
import { snapshotOf } from './take-snapshot.js'
import type { Circumstances, Decision, HeldRole } from './terms.js'

/** What the subjects of one policy share. */
export interface SubjectPolicy {
  readonly labels: readonly string[]
  /** The number of each permission. */
  readonly numbers: ReadonlyMap<string, number>
  /** Whether there are permissions that the labels do not name: then one that is not there is denied, and no typo. */
  readonly isPartial: boolean
  readonly onUndeclared: (permission: string) => void
  /** The permissions that scopes name, as bits. */
  readonly scopeBits: (scopes: readonly string[]) => Int32Array
  /** Puts roles in force, of those that are held. */
  readonly select: (origin: SubjectOrigin) => Selection
  /** Explains a decision from the roles; undefined where they are not known. */
  readonly explain: ((question: Question, origin: SubjectOrigin) => Explanation) | undefined
}

/** Roles in force, and what they give. */
export interface Selection {
  readonly set: RoleSet
  /** Those to show. */
  readonly roles: readonly HeldRole[]
  /** The instant at which the next assignment that counts expires; null when none does. */
  readonly validUntil: number | null
}

/**
 * Where the rights of a subject come from. Many subjects are kept, and few are asked why or told to choose: what these questions
 * need besides is found again when they come.
 */
export interface SubjectOrigin {
  readonly id: string
  /** All assignments of the principal. */
  readonly assignments: readonly Assignment[]
  readonly now: number
  readonly tenant: string
  /** The names of the roles to activate, one list for each time that some were chosen of those before. */
  readonly chosen: readonly (readonly string[])[]
  /** The scopes that limit it, one list for each time that it was limited. */
  readonly scopes: readonly (readonly string[])[]
}

/** Makes the subject of somebody who holds roles. */
export function createSubject<P extends string, Rows>(
  policy: SubjectPolicy,
  asker: Asker,
  origin: SubjectOrigin,
): Subject<P, Rows> {
  const { set, ...selection } = policy.select(origin)
  const { scopes } = origin
  if (scopes.length === 0) return new CompiledSubject<P, Rows>(policy, asker, origin, set, selection)
  const left = scopes.reduce((wide, list) => restrictRoleSet(wide, policy.scopeBits(list)), set)
  return new CompiledSubject<P, Rows>(policy, asker, origin, left, { ...selection, roles: none })
}

/** A subject over a compiled set of roles. */
export class CompiledSubject<P extends string, Rows> implements Subject<P, Rows> {
  readonly id: string
  readonly tenant: string
  readonly roles: readonly HeldRole[]
  readonly bypass: boolean
  readonly validUntil: number | null
  readonly #policy: SubjectPolicy
  readonly #numbers: ReadonlyMap<string, number>
  readonly #held: Int32Array
  readonly #set: RoleSet
  /** Beside the set, so that a check that ends with "no" touches one place less. */
  readonly #conditional: RoleSet['conditional']
  readonly #asker: Asker
  readonly #origin: SubjectOrigin

  constructor(
    policy: SubjectPolicy,
    asker: Asker,
    origin: SubjectOrigin,
    set: RoleSet,
    { roles, validUntil }: Pick<Selection, 'roles' | 'validUntil'>,
  ) {
    this.id = origin.id
    this.tenant = origin.tenant
    this.roles = roles
    this.bypass = set.bypass
    this.validUntil = validUntil
    this.#policy = policy
    this.#numbers = policy.numbers
    this.#held = set.held
    this.#set = set
    this.#conditional = set.conditional
    this.#asker = asker
    this.#origin = origin
    // Subjects are cached and handed to several requests: none of them may turn `bypass` on for the others.
    Object.freeze(this)
  }

  can(permission: P, object?: object | null, field?: string): boolean {
    const number = this.#numbers.get(permission)
    if (number === undefined) return this.#deny(permission)
    if (hasBit(this.#held, number)) return true
    return this.#conditional !== undefined && this.#decide(number, object, field) === 'allowed'
  }

  canAll(permissions: readonly P[], object?: object | null): boolean {
    let all = permissions.length > 0
    // Every name is looked at, so that a mistyped one is found whatever the ones before it say.
    for (const permission of permissions) if (!this.can(permission, object)) all = false
    return all
  }

  canAny(permissions: readonly P[], object?: object | null): boolean {
    let any = false
    for (const permission of permissions) if (this.can(permission, object)) any = true
    return any
  }

  canSome(permission: P): boolean {
    return this.check(permission) !== 'denied'
  }

  check(permission: P, object?: object | null, field?: string): Decision {
    const number = this.#numbers.get(permission)
    if (number === undefined) return this.#deny(permission) ? 'allowed' : 'denied'
    return hasBit(this.#held, number) ? 'allowed' : this.#decide(number, object, field)
  }

  authorize(permission: P, object?: object | null, field?: string): void {
    if (!this.can(permission, object, field)) {
      const some = this.canSome(permission) ? ', which is held for some objects or fields only' : ''
      throw new CardeaError('forbidden', `This needs the permission ${permission}${some}.`)
    }
  }

  canUnchecked(permission: string, object?: object | null, field?: string): boolean {
    const number = this.#numbers.get(permission)
    if (number === undefined) {
      this.#policy.onUndeclared(permission)
      return false
    }
    return hasBit(this.#held, number) || this.#decide(number, object, field) === 'allowed'
  }

  list(): readonly string[] {
    return this.#policy.labels.filter((_, number) => hasBit(this.#held, number))
  }

  filter(permission: P, field?: string): RowFilter {
    const number = this.#numbers.get(permission)
    if (number === undefined) return this.#deny(permission)
    if (hasBit(this.#held, number)) return true
    const grants = this.#conditional?.get(number)
    return grants !== undefined && filterOf(grants, this.#asker, field)
  }

  fields<Q extends P>(
    permission: Q,
    object: object | null,
    candidates?: readonly string[],
  ): readonly FieldOf<Rows, Q>[] {
    // The names are fields of a row: its type is what the caller says that the object is.
    const names = (candidates ?? (object === null ? [] : Object.keys(object))) as readonly FieldOf<Rows, Q>[]
    const number = this.#numbers.get(permission)
    if (number === undefined) return this.#deny(permission) ? names : []
    if (hasBit(this.#held, number)) return [...names]
    const grants = this.#conditional?.get(number)
    return grants === undefined ? [] : fieldsOf(grants, this.#asker, object, names)
  }

  pick<Q extends P, Row extends ObjectOf<Rows, Q>>(permission: Q, object: Row): Partial<Row> {
    // Made from entries, so that a field called `__proto__` stays a field.
    const entries = this.fields(permission, object).map((field): [string, unknown] => [
      field,
      Reflect.get(object, field),
    ])
    // Each is a member of the row, with its value.
    return Object.fromEntries(entries) as Partial<Row>
  }

  explain(permission: P, object?: object | null, field?: string): Explanation {
    const decision = this.check(permission, object, field)
    const question = { permission, object, field, decision, bypass: this.bypass, asker: this.#asker }
    const { explain, scopeBits } = this.#policy
    const number = this.#numbers.get(permission) ?? -1
    if (this.#origin.scopes.some((scopes) => !hasBit(scopeBits(scopes), number))) return outsideScopes(permission)
    if (explain !== undefined) return explain(question, this.#origin)
    return explainBare(question, this.#conditional?.get(number))
  }

  snapshot(): SubjectSnapshot {
    return {
      version: 1,
      id: this.id,
      ...(this.tenant === '' ? {} : { tenant: this.tenant }),
      roles: this.roles,
      ...(this.bypass ? { bypass: true } : {}),
      validUntil: this.validUntil,
      ...snapshotOf(this.#set, this.#policy.labels, this.#asker),
    }
  }

  with(circumstances: Circumstances): Subject<P, Rows> {
    const asker = { ...circumstances, id: this.#asker.id }
    return new CompiledSubject<P, Rows>(this.#policy, asker, this.#origin, this.#set, this)
  }

  restrict(scopes: readonly string[]): Subject<P, Rows> {
    const origin = { ...this.#origin, scopes: [...this.#origin.scopes, [...scopes]] }
    const set = restrictRoleSet(this.#set, this.#policy.scopeBits(scopes))
    return new CompiledSubject<P, Rows>(this.#policy, this.#asker, origin, set, {
      roles: none,
      validUntil: this.validUntil,
    })
  }

  activate(roles: readonly string[]): Subject<P, Rows> {
    const origin = { ...this.#origin, chosen: [...this.#origin.chosen, [...roles]] }
    return createSubject<P, Rows>(this.#policy, this.#asker, origin)
  }

  /** For a name that is not there: a typo in code, unless there may be more names than are known here. */
  #deny(permission: string): false {
    if (this.#policy.isPartial && isPermissionLabel(permission)) return false
    throw undeclared(permission)
  }

  #decide(number: number, object: object | null | undefined, field: string | undefined): Decision {
    const grants = this.#conditional?.get(number)
    return grants === undefined ? 'denied' : decide(grants, this.#asker, object, field)
  }
}

const none: readonly HeldRole[] = Object.freeze([])

/** The name is shown only if it has the form of one: otherwise it may be anything, such as a token in the wrong place. */
function undeclared(permission: unknown): CardeaError {
  const name = isPermissionLabel(permission) ? permission : 'that is not of the form resource:operation'
  return new CardeaError('undeclared_permission', `Asked for a permission that is not declared: ${name}`)
}

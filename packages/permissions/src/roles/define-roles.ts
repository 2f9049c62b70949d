import { CardeaError, type Condition } from '@cardea/core'
import { type Catalogue, ownEntries, standsForAny } from '../catalogue/define-permissions.js'
import { type PatternOf, parsePattern } from '../catalogue/permission-label.js'
import type { ByResource, NoRows, PatternBeside, PatternOn } from '../catalogue/row-types.js'
import { findCycle } from './find-cycle.js'
import { type Effect, type Grant, parseGrant } from './grant.js'
import { roleLabelProblem } from './role-label.js'
import { checkConstraints, type SeparationOfDuty } from './separation-of-duty.js'

/**
 * A grant in code: a permission or wildcard, or one that holds for some objects and fields only.
 *
 * @typeParam Named The permissions and wildcards that may be named. Default: all.
 */
export type GrantOption<P extends string, Rows = NoRows, Named extends string = PatternOf<P>> =
  | Named
  | ([keyof Rows] extends [never]
      ? ConditionalGrantOption<Named, string>
      : GrantOptionByRows<P, Rows, [keyof Rows] extends [never] ? never : ByResource<P>>)

/**
 * What a grant may name depends on the rows of its resource.
 *
 * @typeParam Grouped The permissions by resource. They are asked for once more whether there are rows: the compiler, which
 * looks in here before it knows, would group them each time.
 */
type GrantOptionByRows<P extends string, Rows, Grouped> =
  | ConditionalGrantOption<PatternBeside<P, Grouped, Rows>, string>
  | {
      [Resource in keyof Rows & keyof Grouped]: ConditionalGrantOption<
        PatternOn<Grouped, Resource>,
        keyof Rows[Resource] & string
      >
    }[keyof Rows & keyof Grouped]

/** A grant in code that holds for some objects and fields: of those fields that their type has, where it is known. */
export interface ConditionalGrantOption<Pattern extends string, Field extends string> {
  readonly permission: Pattern
  /** When it holds, as a condition on the object; without it, always. See {@link own}. */
  readonly when?: Condition<Field>
  /** Which fields it covers; without it, all. */
  readonly fields?: readonly Field[]
}

/** A role in code. */
export interface RoleOptions<
  P extends string,
  Label extends string,
  Rows = NoRows,
  Named extends string = PatternOf<P>,
> {
  /** For people; at most 1,000 bytes. */
  readonly description?: string
  /** What it allows. */
  readonly permissions?: readonly GrantOption<P, Rows, Named>[]
  /** What it denies, whatever else allows it. */
  readonly deny?: readonly GrantOption<P, Rows, Named>[]
  /** Roles whose grants it has too. */
  readonly inherits?: readonly Label[]
  /** Its holders are not checked against permissions at all, denials included. Not inherited. Default: false. */
  readonly bypass?: boolean
  /** It takes no change at run time. Default: false. */
  readonly protected?: boolean
}

/** A role, checked and complete. */
export interface RoleDeclaration<Label extends string = string> {
  readonly label: Label
  readonly description: string
  readonly grants: readonly Grant[]
  readonly inherits: readonly Label[]
  readonly bypass: boolean
  readonly protected: boolean
}

/** The roles that code declares. */
export interface Roles<Label extends string = string> {
  readonly labels: readonly Label[]
  readonly declarations: readonly RoleDeclaration<Label>[]
  /** Which of them may not meet in one principal. Absent: any may. */
  readonly constraints?: readonly SeparationOfDuty[]
}

/** What holds between the roles that are declared together. */
export interface RolesOptions<Label extends string> {
  /** Sets of roles of which one principal may have fewer than a number. Default: none. */
  readonly separationOfDuty?: readonly SeparationOfDuty<Label>[]
}

/** The union of the labels of declared roles. */
export type RoleOf<R extends Roles> = R['labels'][number]

/**
 * Declares roles over a catalogue.
 *
 * ```ts
 * const roles = defineRoles(permissions, {
 *   admin: { bypass: true, protected: true },
 *   author: { permissions: ['content:read', { permission: 'content:update', when: own('author_id') }] },
 *   editor: { permissions: ['content:*'], deny: ['content:publish'], inherits: ['author'] },
 * })
 * ```
 *
 * @typeParam Named The permissions and wildcards that the roles name, which the compiler finds itself. Each text is then held
 * against those alone, and these against the catalogue once: each against thousands took the compiler twice as long.
 * @param options.separationOfDuty Such as `[{ name: 'payments', roles: ['payer', 'approver'], fewerThan: 2, kind: 'static' }]`.
 * @throws CardeaError `configuration_invalid` for a permission or role that is not declared, an inheritance that runs in a
 * circle or from a bypass, a role that nobody could hold, or a wrong name; the message names the place.
 */
export function defineRoles<
  P extends string,
  Label extends string,
  Rows = NoRows,
  const Named extends PatternOf<P> = PatternOf<P>,
>(
  catalogue: Catalogue<P, Rows>,
  roles: { readonly [L in Label]: RoleOptions<NoInfer<P>, NoInfer<Label>, NoInfer<Rows>, Named> },
  options: RolesOptions<NoInfer<Label>> = {},
): Roles<Label> {
  const declarations: RoleDeclaration<Label>[] = []
  for (const [key, options] of ownEntries<unknown>(roles, 'roles')) {
    const problem = roleLabelProblem(key)
    if (problem !== undefined) throw invalid(key, problem)
    // The own keys of the record are its labels; which fields a grant may name was for the compiler alone.
    declarations.push(declareRole(catalogue, key as Label, options as RoleOptions<string, Label>))
  }
  return assembleRoles(declarations, options.separationOfDuty ?? [])
}

/**
 * Joins two sets of roles, such as built-in ones and an app's own. A role that both declare alike exists once, with the
 * first description that is not empty. What may not meet in either may not meet in both.
 *
 * @throws CardeaError `configuration_invalid` when both declare a label or a separation of duty and do not mean the same by
 * it.
 */
export function mergeRoles<A extends string, B extends string>(first: Roles<A>, second: Roles<B>): Roles<A | B> {
  for (const roles of [first, second] as readonly unknown[]) {
    if (typeof roles === 'object' && roles !== null && 'declarations' in roles) continue
    throw new CardeaError('configuration_invalid', 'mergeRoles: takes what defineRoles made, such as cmsPreset.roles')
  }
  const merged = new Map<string, RoleDeclaration<A | B>>()
  for (const role of [...first.declarations, ...second.declarations]) {
    const known = merged.get(role.label)
    if (known !== undefined && meaningOf(known) !== meaningOf(role)) {
      throw invalid(role.label, 'is declared twice, in different ways')
    }
    if (known === undefined || known.description === '') merged.set(role.label, role)
  }
  const constraints = new Map<string, SeparationOfDuty<A | B>>()
  // The constraints of a set of roles name its own labels: they were checked when it was declared.
  for (const constraint of [...(first.constraints ?? []), ...(second.constraints ?? [])] as SeparationOfDuty<A | B>[]) {
    const known = constraints.get(constraint.name)
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(constraint)) {
      throw invalid(`separationOfDuty.${constraint.name}`, 'is declared twice, in different ways')
    }
    constraints.set(constraint.name, constraint)
  }
  return assembleRoles([...merged.values()], [...constraints.values()])
}

const meaningOf = (role: RoleDeclaration): string => JSON.stringify({ ...role, description: '' })

/** How many roles a message names. */
const mostLabels = 20

/** What a role may have, for the message about a mistyped member. */
const members = new Set(['description', 'permissions', 'deny', 'inherits', 'bypass', 'protected'])

/** What checks need of a catalogue. */
type DeclaredPermissions = Pick<Catalogue, 'has' | 'entries'>

function declareRole<Label extends string>(
  catalogue: DeclaredPermissions,
  label: Label,
  options: RoleOptions<string, Label>,
): RoleDeclaration<Label> {
  const unknown = ownEntries<unknown>({ ...options }, `roles.${label}`).find(([key]) => !members.has(key))
  if (unknown !== undefined) throw invalid(`${label}.${unknown[0]}`, 'is not a known member')
  const { description = '', permissions = [], deny = [], inherits = [], bypass = false } = options
  if (typeof description !== 'string' || new TextEncoder().encode(description).length > 1_000) {
    throw invalid(`${label}.description`, 'must be a text of at most 1,000 bytes')
  }
  for (const flag of ['bypass', 'protected'] as const) {
    if (options[flag] !== undefined && typeof options[flag] !== 'boolean') {
      throw invalid(`${label}.${flag}`, 'must be true or false')
    }
  }
  return Object.freeze({
    label,
    description,
    grants: Object.freeze([
      ...permissions.map((grant, index) => declareGrant(catalogue, grant, 'allow', `${label}.permissions.${index}`)),
      ...deny.map((grant, index) => declareGrant(catalogue, grant, 'deny', `${label}.deny.${index}`)),
    ]),
    inherits: Object.freeze([...new Set(inherits)]),
    bypass,
    protected: options.protected ?? false,
  })
}

function declareGrant(
  catalogue: DeclaredPermissions,
  option: GrantOption<string>,
  effect: Effect,
  place: string,
): Grant {
  const grant = typeof option === 'string' ? { permission: option } : option
  const unknown = Object.keys(grant).find((key) => key !== 'permission' && key !== 'when' && key !== 'fields')
  if (unknown !== undefined) throw invalid(`${place}.${unknown}`, 'is not a known member')
  if (!standsForAny(catalogue, grant.permission)) {
    // A typo should be found; what has not even the form of a permission may be anything.
    const named = parsePattern(grant.permission) ? `names ${grant.permission}, which ` : ''
    throw invalid(place, `${named}is not a declared permission, nor of a collection in { collections }`)
  }
  return parseGrant(
    { permission: grant.permission, effect, condition: grant.when ?? null, fields: grant.fields ?? null },
    (path, reason) => {
      throw invalid(`${place}.${path}`, reason)
    },
  )
}

function assembleRoles<Label extends string>(
  declarations: readonly RoleDeclaration<Label>[],
  constraints: readonly SeparationOfDuty<Label>[],
): Roles<Label> {
  const byLabel = new Map<string, RoleDeclaration>(declarations.map((role) => [role.label, role]))
  for (const { label, inherits } of declarations) {
    for (const [index, parent] of inherits.entries()) {
      const place = `${label}.inherits.${index}`
      const declared = byLabel.get(parent)
      if (declared === undefined) {
        // As above: what no role can be called may be anything.
        const named = roleLabelProblem(parent) ? '' : `names ${parent}, which `
        const known = declarations.slice(0, mostLabels).map((role) => role.label)
        throw invalid(place, `${named}is not a declared role, such as ${known.join(', ')}`)
      }
      if (declared.bypass) throw invalid(place, 'is a role with bypass, which cannot be inherited')
    }
  }
  const cycle = findCycle(new Map(declarations.map((role) => [role.label, role.inherits])))
  if (cycle !== undefined) throw invalid(cycle[0] ?? '', `inherits itself: ${[...cycle, cycle[0]].join(' > ')}`)
  return Object.freeze({
    labels: Object.freeze(declarations.map((role) => role.label)),
    declarations: Object.freeze([...declarations]),
    ...(constraints.length === 0 ? {} : { constraints: checkConstraints(constraints, declarations) }),
  })
}

function invalid(place: string, reason: string): CardeaError {
  return new CardeaError('configuration_invalid', `roles: ${JSON.stringify(place)} ${reason}`, {
    issues: [{ path: place, code: 'invalid', message: reason }],
  })
}

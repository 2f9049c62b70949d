import { compileRoles } from './compile-roles.js'
import { CompiledSubject, type SubjectPolicy } from './compiled-subject.js'
import type { Assignment, PolicySnapshot } from './policy-snapshot.js'
import { type CompiledRole, compileRoleSet, type RoleSet } from './role-set.js'
import { createScopeBits } from './scopes.js'
import type { Circumstances, HeldRole, Subject } from './subject.js'

/** Who a subject is made for. */
export interface SubjectInput extends Circumstances {
  /** The principal's id. It is never compared with the name or id of a role. */
  readonly id: string
  readonly assignments: readonly Assignment[]
  /** The instant (milliseconds) to answer for: assignments that have expired by then count for nothing. */
  readonly now: number
}

/** A policy, ready to answer. It never changes: a change of policy makes a new one. */
export interface CompiledPolicy<P extends string = string> {
  /** All permissions that exist, in the order of the catalogue. */
  readonly permissions: readonly string[]
  /** Whether a role is part of the policy. */
  hasRole(roleId: string): boolean
  /** Answers for one principal. An assignment of a role that is not part of the policy counts for nothing. */
  subject(input: SubjectInput): Subject<P>
}

export interface CompileOptions {
  /** Told of every name from data that is not a declared permission. It may be any text. */
  readonly onUndeclared?: (permission: string) => void
}

/**
 * How many sets of roles are kept compiled; then all are dropped. With 5,000 permissions a set takes 625 bytes.
 */
const maximumRoleSets = 10_000

/**
 * Compiles a policy: numbers the permissions, expands wildcards, checks inheritance.
 *
 * @throws CardeaError `configuration_invalid` when any part of it cannot be understood. A policy with a part left out could
 * lack a deny, so there is none rather than most of one.
 */
export function compilePolicy<P extends string>(
  snapshot: PolicySnapshot<P>,
  options: CompileOptions = {},
): CompiledPolicy<P> {
  const labels = Object.freeze([...new Set<string>([...snapshot.permissions, ...(snapshot.customPermissions ?? [])])])
  const numbers = new Map(labels.map((label, number) => [label, number]))
  const roles = compileRoles(snapshot.roles, labels)
  const places = new Map(snapshot.roles.map((role, place) => [role.id, place]))
  const shared: SubjectPolicy = {
    labels,
    numbers,
    onUndeclared: options.onUndeclared ?? (() => {}),
    scopeBits: createScopeBits(labels),
  }
  const sets = new Map<string, RoleSet>()

  const roleSet = (members: readonly number[]): RoleSet => {
    // Places are numbers, so no two different sets make the same text.
    const key = members.join()
    let set = sets.get(key)
    if (set === undefined) {
      if (sets.size >= maximumRoleSets) sets.clear()
      set = compileRoleSet(roles, members, labels.length)
      sets.set(key, set)
    }
    return set
  }

  return Object.freeze({
    permissions: labels,
    hasRole: (roleId: string) => places.has(roleId),
    subject: ({ id, assignments, now, principal, context }: SubjectInput): Subject<P> => {
      const current = assignments.filter((assignment) => isGlobal(assignment) && isCurrent(assignment, now))
      const held = new Set(current.flatMap(({ roleId }) => places.get(roleId) ?? []))
      const members = [...held].sort((a, b) => a - b)
      const expiries = current.flatMap(({ expiresAt }) => expiresAt ?? [])
      return new CompiledSubject<P>(shared, roleSet(members), {
        asker: { id, ...(principal && { principal }), ...(context && { context }) },
        roles: Object.freeze(members.flatMap((place) => heldRole(roles[place])).sort(byLabel)),
        validUntil: expiries.length === 0 ? null : expiries.reduce((first, next) => Math.min(first, next)),
      })
    },
  })
}

const isGlobal = ({ tenant = '', resourceType = '', resourceId = '' }: Assignment): boolean =>
  tenant === '' && resourceType === '' && resourceId === ''

/** What is no instant counts as expired. */
const isCurrent = ({ expiresAt }: Assignment, now: number): boolean =>
  expiresAt === null || (typeof expiresAt === 'number' && expiresAt > now)

const heldRole = (role: CompiledRole | undefined): HeldRole[] =>
  role === undefined ? [] : [Object.freeze({ id: role.id, label: role.label })]

const byLabel = (a: HeldRole, b: HeldRole): number => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0)

import { and, CardeaError, eq, gt, isCardeaError, isNull, oneOf, or } from '@cardea/core'
import { roleAssignments, type StorageOperations } from '@cardea/storage'
import { coversPattern, isWildcard, type ParsedPattern, parsePattern } from '../../catalogue/permission-label.js'
import type { RoleSnapshot } from '../../engine/policy-snapshot.js'
import type { Subject } from '../../engine/subject.js'
import type { Grant } from '../../roles/grant.js'
import type { Actor } from '../actor.js'
import { everywhere, type StoredScope } from '../assignment-scope.js'
import type { ChangeDeps, PolicyWithin } from '../change-context.js'
import { canonicalJson } from '../fingerprint.js'
import { closureOf } from './closure.js'

/** What somebody has who makes a change, in the tenant that it is about: nobody gives what he does not have. */
export interface Rights {
  readonly subject: Subject<string>
  /** All permissions there are. */
  readonly permissions: readonly string[]
  /** What his roles allow him, as it was granted. Empty where his credential gives less than his roles do. */
  readonly allows: readonly Grant[]
  /** What any of his roles denies. */
  readonly denies: readonly Grant[]
}

/**
 * Reads what the actor may do, inside the transaction and under the policy mutex.
 *
 * @param scope Where the change counts.
 * @returns Undefined for the app's own code, which may all.
 */
export async function rightsOf(
  deps: Pick<ChangeDeps, 'clock'>,
  transaction: StorageOperations,
  within: PolicyWithin,
  by: Actor | undefined,
  scope: StoredScope = everywhere,
): Promise<Rights | undefined> {
  if (by === undefined) return undefined
  const subject = await by(within.policy, { tenant: scope.tenant })
  // What somebody may do elsewhere is no measure for here.
  if (subject.tenant !== scope.tenant && !subject.bypass) {
    throw new CardeaError('forbidden', 'What this is about is not where these rights hold.')
  }
  const { compiled, roles } = await within.inForce(scope.tenant)
  const { permissions } = compiled
  if (subject.bypass) return { subject, permissions, allows: [], denies: [] }
  const now = deps.clock()
  const held = await transaction.find(roleAssignments, {
    where: and(
      eq('principal_id', subject.id),
      oneOf('tenant', ['', scope.tenant]),
      or(isNull('expires_at'), gt('expires_at', now)),
    ),
    limit: 'all',
  })
  // A subject that was limited, as by the scopes of a key, shows no roles: then what they say is not all his to give.
  const inForce = new Set(subject.roles.map(({ id }) => id))
  const giving = held.filter((row) => inForce.has(row.role_id) && row.resource_type === '').map((row) => row.role_id)
  const own = held.filter((row) => inForce.size > 0 && isSameObject(row, scope)).map((row) => row.role_id)
  return {
    subject,
    permissions,
    allows: [
      ...grantsOf(roles, giving, 'allow'),
      ...grantsOf(roles, own, 'allow').flatMap((grant) => narrowed(grant, scope.resource_type)),
    ],
    denies: grantsOf(
      roles,
      held.map((row) => row.role_id),
      'deny',
    ),
  }
}

const isSameObject = (row: StoredScope, scope: StoredScope): boolean =>
  scope.resource_type !== '' && row.resource_type === scope.resource_type && row.resource_id === scope.resource_id

/** All grants of one effect that roles have, what they inherit included. */
export function grantsOf(
  roles: ReadonlyMap<string, RoleSnapshot>,
  roleIds: readonly string[],
  effect: Grant['effect'],
): readonly Grant[] {
  return closureOf(roles, roleIds).flatMap((role) => role.grants.filter((grant) => grant.effect === effect))
}

/** What is left of a grant where a role is given for objects of one type alone; nothing for a grant about other types. */
export function narrowed(grant: Grant, resourceType: string): readonly Grant[] {
  if (resourceType === '') return [grant]
  const pattern = parsePattern(grant.permission)
  if (pattern === undefined || (pattern.resource !== '*' && pattern.resource !== resourceType)) return []
  return [{ ...grant, permission: `${resourceType}:${pattern.operation}` }]
}

/**
 * Refuses to give what the actor does not have.
 *
 * @param grants What comes to be allowed, or denied no more.
 * @throws CardeaError `forbidden`
 */
export function assertMayGive(rights: Rights | undefined, grants: readonly GivenGrant[]): void {
  if (rights === undefined || grants.every((grant) => mayGive(rights, grant))) return
  throw new CardeaError('forbidden', 'Nobody gives rights that he does not have.')
}

/** @throws CardeaError `forbidden` */
export function assertBypass(rights: Rights | undefined): void {
  if (rights === undefined || rights.subject.bypass) return
  throw new CardeaError('forbidden', 'Only who has full access gives it or takes it.')
}

/** A grant, whatever it does: to take a deny away is to give what it denied. */
type GivenGrant = Pick<Grant, 'permission' | 'condition' | 'fields'>

/**
 * Whether one may give a grant: who has the permission for every object and field; or who was granted at least as much in
 * the same words, and is denied nothing of it. A wildcard is given by who has one, because of what is yet to be declared.
 */
function mayGive({ subject, allows, denies }: Rights, grant: GivenGrant): boolean {
  if (subject.bypass) return true
  const pattern = parsePattern(grant.permission)
  if (pattern === undefined) return false
  if (!isWildcard(pattern) && subject.canUnchecked(grant.permission)) return true
  if (denies.some((deny) => overlaps(deny.permission, pattern))) return false
  return allows.some(
    (allow) => covers(allow.permission, pattern) && coversCondition(allow, grant) && coversFields(allow, grant),
  )
}

const coversCondition = (wide: GivenGrant, narrow: GivenGrant): boolean =>
  wide.condition === null || canonicalJson(wide.condition) === canonicalJson(narrow.condition)

const coversFields = (wide: GivenGrant, narrow: GivenGrant): boolean =>
  wide.fields === null || (narrow.fields?.every((field) => wide.fields?.includes(field)) ?? false)

function covers(wide: string, narrow: ParsedPattern): boolean {
  const pattern = parsePattern(wide)
  return pattern !== undefined && coversPattern(pattern, narrow)
}

/** Whether there is or can be a permission that both stand for. */
function overlaps(one: string, other: ParsedPattern): boolean {
  const pattern = parsePattern(one)
  if (pattern === undefined) return true
  const meet = (a: string, b: string): boolean => a === '*' || b === '*' || a === b
  return meet(pattern.resource, other.resource) && meet(pattern.operation, other.operation)
}

/**
 * Refuses to change what another may do who has rights that the actor lacks.
 *
 * @param other What the other may do. Rights that depend on an object or a field are rights.
 * @throws CardeaError `forbidden`
 */
export function assertCovers({ subject, permissions }: Rights, other: Subject<string>): void {
  if (subject.bypass) return
  // Of himself he has what depends on the object, too; with a key that gives less he has not.
  const has = subject.id === other.id ? holdsSome : holdsAll
  if (!other.bypass && permissions.every((label) => !holdsSome(other, label) || has(subject, label))) return
  throw new CardeaError('forbidden', 'Nobody changes the roles of somebody who has more rights than he.')
}

const holdsAll = (subject: Subject<string>, permission: string): boolean => subject.canUnchecked(permission)

function holdsSome(subject: Subject<string>, permission: string): boolean {
  try {
    return subject.canSome(permission)
  } catch (error) {
    // A permission that was declared since the subject was made is none that it is known to have.
    if (isCardeaError(error, 'undeclared_permission')) return false
    throw error
  }
}

/**
 * Refuses what would give the actor himself more than he had, by whatever way: the last look before a change is committed.
 *
 * @throws CardeaError `forbidden`
 */
export async function assertNotEnlarged(
  rights: Rights | undefined,
  within: PolicyWithin,
  by: Actor | undefined,
  tenant: string,
): Promise<void> {
  if (rights === undefined || by === undefined || rights.subject.bypass) return
  const before = rights.subject
  const after = await by(within.policy, { tenant })
  const grew =
    after.bypass ||
    rights.permissions.some(
      (label) =>
        (holdsAll(after, label) && !holdsAll(before, label)) || (holdsSome(after, label) && !holdsSome(before, label)),
    )
  if (grew) throw new CardeaError('forbidden', 'Nobody gives himself rights that he does not have.')
}

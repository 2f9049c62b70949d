import { and, CardeaError, eq, gt, isCardeaError, isNull, oneOf, or } from '@cardea/core'
import { principals, type RowOf, roleAssignments, type StorageOperations } from '@cardea/storage'
import { coversPattern, isWildcard, type ParsedPattern, parsePattern } from '../../catalogue/permission-label.js'
import type { Assignment, RoleSnapshot } from '../../engine/policy-snapshot.js'
import type { Subject } from '../../engine/subject.js'
import type { Grant } from '../../roles/grant.js'
import { everywhere, type StoredScope } from '../assignment-scope.js'
import type { ChangeDeps, PolicyWithin } from '../change-context.js'
import { canonicalJson } from '../fingerprint.js'
import type { PolicyInForce } from '../policy-cache.js'
import type { Actor } from '../stored-policy.js'
import { closureOf } from './closure.js'

/** What somebody has who makes a change, in the tenant that it is about: nobody gives what he does not have. */
export interface Rights {
  readonly subject: Subject<string>
  /** All permissions there are. */
  readonly permissions: readonly string[]
  /** What roles allow him that are in force, as it was granted. */
  readonly allows: readonly Grant[]
  /** What any of his roles denies. */
  readonly denies: readonly Grant[]
}

type AssignmentRow = RowOf<typeof roleAssignments>

/**
 * Reads what the actor may do, inside the transaction and under the policy mutex.
 *
 * @param scope Where the change counts.
 * @returns Undefined for the app's own code, which may all.
 */
export async function rightsOf(
  deps: Pick<ChangeDeps, 'clock' | 'roles'>,
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
  await requireActive(transaction, subject.id)
  const policy = await within.inForce(scope.tenant)
  if (subject.bypass) return { subject, permissions: policy.compiled.permissions, allows: [], denies: [] }
  const rows = await readHeld(deps, transaction, subject.id, scope.tenant)
  return weigh(deps, policy, subject, { rows, scope })
}

/** A request may have come in before whoever sent it was disabled. @throws CardeaError `forbidden` */
async function requireActive(transaction: StorageOperations, principalId: string): Promise<void> {
  const principal = await transaction.findOne(principals, { where: eq('id', principalId) })
  if (principal === undefined || principal.status === 'active') return
  throw new CardeaError('forbidden', 'The account that asks is not active.')
}

/**
 * What the actor will have for as long as something is given: who has a role for a while gives nothing beyond it.
 *
 * @param expiresAt When it ends that is given; null for never.
 * @returns Undefined where he has all that he has for as long.
 */
export async function lastingRightsOf(
  deps: Pick<ChangeDeps, 'clock' | 'roles'>,
  transaction: StorageOperations,
  within: PolicyWithin,
  { subject }: Rights,
  { scope, expiresAt }: { readonly scope: StoredScope; readonly expiresAt: number | null },
): Promise<Rights | undefined> {
  const { id, validUntil } = subject
  if (validUntil === null || (expiresAt !== null && expiresAt <= validUntil)) return undefined
  const policy = await within.inForce(scope.tenant)
  const rows = (await readHeld(deps, transaction, id, scope.tenant)).filter(
    (row) => row.expires_at === null || (expiresAt !== null && row.expires_at >= expiresAt),
  )
  const lasting = policy.compiled.subject({
    id,
    tenant: scope.tenant,
    assignments: rows.map(assignmentOf),
    now: deps.clock(),
  })
  return weigh(deps, policy, lasting, { rows, scope })
}

/** The assignments of a principal that count in a tenant now. */
async function readHeld(
  { clock }: Pick<ChangeDeps, 'clock'>,
  transaction: StorageOperations,
  principalId: string,
  tenant: string,
): Promise<readonly AssignmentRow[]> {
  return await transaction.find(roleAssignments, {
    where: and(
      eq('principal_id', principalId),
      oneOf('tenant', ['', tenant]),
      or(isNull('expires_at'), gt('expires_at', clock())),
    ),
    limit: 'all',
  })
}

function weigh(
  { clock, roles: { constraints = [] } }: Pick<ChangeDeps, 'clock' | 'roles'>,
  { compiled, roles }: PolicyInForce<string>,
  subject: Subject<string>,
  { rows, scope }: { readonly rows: readonly AssignmentRow[]; readonly scope: StoredScope },
): Rights {
  const { permissions } = compiled
  const inForce = new Set(subject.roles.map(({ id }) => id))
  const giving = rows.filter((row) => inForce.has(row.role_id) && row.resource_type === '').map((row) => row.role_id)
  // Roles that are held for one object are not among those that a subject shows. They count for it where the subject is all
  // that the principal is, rather than what a key or a choice of roles leaves of it, and nothing can keep them from being
  // in force.
  const contested = new Set(
    constraints.flatMap((constraint) => (constraint.kind === 'dynamic' ? constraint.roles : [])),
  )
  const whole = compiled.subject({
    id: subject.id,
    tenant: scope.tenant,
    assignments: rows.map(assignmentOf),
    now: clock(),
  })
  const own = has(subject, whole, permissions)
    ? rows.filter((row) => isSameObject(row, scope)).map((row) => row.role_id)
    : []
  const certain = own.filter((id) => !closureOf(roles, [id]).some(({ label }) => contested.has(label)))
  return {
    subject,
    permissions,
    allows: [
      ...grantsOf(roles, giving, 'allow'),
      ...grantsOf(roles, certain, 'allow').flatMap((grant) => narrowed(grant, scope.resource_type)),
    ],
    denies: grantsOf(
      roles,
      rows.map((row) => row.role_id),
      'deny',
    ),
  }
}

/** Whether one subject may all that another may, whatever that depends on. */
const has = (one: Subject<string>, other: Subject<string>, permissions: readonly string[]): boolean =>
  one.bypass ||
  (!other.bypass &&
    permissions.every(
      (label) =>
        (holdsAll(one, label) || !holdsAll(other, label)) && (holdsSome(one, label) || !holdsSome(other, label)),
    ))

const isSameObject = (row: StoredScope, scope: StoredScope): boolean =>
  scope.resource_type !== '' && row.resource_type === scope.resource_type && row.resource_id === scope.resource_id

const assignmentOf = (row: AssignmentRow): Assignment => ({
  roleId: row.role_id,
  expiresAt: row.expires_at,
  tenant: row.tenant,
  resourceType: row.resource_type,
  resourceId: row.resource_id,
})

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

/**
 * Refuses what gave another more than the actor has, by whatever way.
 *
 * @throws CardeaError `forbidden`
 */
export function assertGrownWithin(
  { subject, permissions }: Rights,
  before: Subject<string>,
  after: Subject<string>,
): void {
  const grew = (label: string): boolean =>
    (holdsAll(after, label) && !holdsAll(before, label)) || (holdsSome(after, label) && !holdsSome(before, label))
  if (permissions.every((label) => !grew(label) || holdsAll(subject, label))) return
  throw new CardeaError('forbidden', 'Nobody gives rights that he does not have.')
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
  const after = await by(within.policy, { tenant })
  if (has(rights.subject, after, rights.permissions)) return
  throw new CardeaError('forbidden', 'Nobody gives himself rights that he does not have.')
}

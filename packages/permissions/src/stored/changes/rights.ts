import { and, CardeaError, eq, gt, isNull, oneOf, or } from '@cardea/core'
import { principals, type RowOf, roleAssignments, type StorageOperations } from '@cardea/storage'
import type { Assignment } from '../../engine/policy-snapshot.js'
import type { Subject } from '../../engine/subject.js'
import type { Grant } from '../../roles/grant.js'
import { everywhere, type StoredScope } from '../assignment-scope.js'
import type { ChangeDeps, PolicyWithin } from '../change-context.js'
import type { PolicyInForce } from '../policy-cache.js'
import type { Actor } from '../stored-policy.js'
import { closureOf, grantsOf, narrowed } from './closure.js'
import { has } from './holds.js'

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

const isSameObject = (row: StoredScope, scope: StoredScope): boolean =>
  scope.resource_type !== '' && row.resource_type === scope.resource_type && row.resource_id === scope.resource_id

const assignmentOf = (row: AssignmentRow): Assignment => ({
  roleId: row.role_id,
  expiresAt: row.expires_at,
  tenant: row.tenant,
  resourceType: row.resource_type,
  resourceId: row.resource_id,
})

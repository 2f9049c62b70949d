import { and, CardeaError, type Condition, eq, gt, isNull, ne, or } from '@cardea/core'
import { roleAssignments, type StorageOperations } from '@cardea/storage'
import { lockPolicy } from './policy-row.js'

/** An assignment that exempts an active principal, of any collection, from all checks now. */
const holding = (now: number): Condition =>
  and(
    eq('tenant', ''),
    eq('resource_type', ''),
    eq('resource_id', ''),
    or(isNull('expires_at'), gt('expires_at', now)),
    eq('role.bypass', true),
    eq('role.tenant', ''),
    eq('principal.status', 'active'),
  )

/** Whether there is an active principal with full access, among those that meet a further condition. */
export async function bypassHolderExists(
  operations: StorageOperations,
  now: number,
  further?: Condition,
): Promise<boolean> {
  const where = further === undefined ? holding(now) : and(holding(now), further)
  const rows = await operations.find(roleAssignments, { where, include: { role: true, principal: true }, limit: 1 })
  return rows.length > 0
}

/**
 * Refuses to go on when a principal is the last with full access.
 *
 * Takes the policy mutex first, so that of two admins who remove each other one fails.
 *
 * @throws CardeaError `last_admin`
 */
export async function assertNotLastAdmin(
  transaction: StorageOperations,
  principalId: string,
  now: number,
): Promise<void> {
  await lockPolicy(transaction)
  if (!(await bypassHolderExists(transaction, now, eq('principal_id', principalId)))) return
  if (!(await bypassHolderExists(transaction, now, ne('principal_id', principalId)))) throw lastAdmin()
}

/**
 * Refuses to go on when one assignment is the last that gives full access. The caller holds the policy mutex.
 *
 * @throws CardeaError `last_admin`
 */
export async function assertNotLastBypass(
  transaction: StorageOperations,
  assignmentId: string,
  now: number,
): Promise<void> {
  if (!(await bypassHolderExists(transaction, now, eq('id', assignmentId)))) return
  if (!(await bypassHolderExists(transaction, now, ne('id', assignmentId)))) throw lastAdmin()
}

const lastAdmin = (): CardeaError => new CardeaError('last_admin', 'This would leave nobody with full access.')

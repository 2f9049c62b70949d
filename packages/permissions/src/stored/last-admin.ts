import { and, CardeaError, type Condition, eq, gt, isNull, ne, or } from '@cardea/core'
import { roleAssignments, type StorageOperations } from '@cardea/storage'
import { lockPolicy } from './policy-row.js'

/** An assignment that exempts an active principal, of any collection, from all checks now. */
export const holding = (now: number): Condition =>
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
  await assertOthers(transaction, now, eq('principal_id', principalId), ne('principal_id', principalId))
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
  await assertOthers(transaction, now, eq('id', assignmentId), ne('id', assignmentId))
}

/** Where one who has it for ever goes, another one has to stay who has it for ever: nobody would be left one day. */
async function assertOthers(
  transaction: StorageOperations,
  now: number,
  going: Condition,
  staying: Condition,
): Promise<void> {
  if (!(await bypassHolderExists(transaction, now, going))) return
  if (await bypassHolderExists(transaction, now, and(staying, forEver))) return
  const isForEver = await bypassHolderExists(transaction, now, and(going, forEver))
  if (isForEver || !(await bypassHolderExists(transaction, now, staying))) throw lastAdmin()
}

const forEver = isNull('expires_at')

const lastAdmin = (): CardeaError => new CardeaError('last_admin', 'This would leave nobody with full access.')

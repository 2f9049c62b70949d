import { eq } from '@cardea/core'
import { roleAssignments, type StorageOperations } from '@cardea/storage'
import { everywhere } from '../assignment-scope.js'
import type { ChangeDeps } from '../change-context.js'
import type { Actor } from '../stored-policy.js'
import { assertCovers } from './ceiling.js'
import { rightsOf } from './rights.js'

/**
 * Refuses to go on unless the actor has all rights that a principal has, in every tenant where it has been given any.
 *
 * @throws CardeaError `forbidden`
 */
export async function assertCoversAll(
  deps: Pick<ChangeDeps, 'clock' | 'roles' | 'within'>,
  transaction: StorageOperations,
  principalId: string,
  by: Actor,
): Promise<void> {
  const within = deps.within(transaction)
  const rights = await rightsOf(deps, transaction, within, by)
  if (rights === undefined || rights.subject.bypass) return
  assertCovers(rights, await within.policy.subject(principalId))
  const rows = await transaction.find(roleAssignments, { where: eq('principal_id', principalId), limit: 'all' })
  for (const tenant of new Set(rows.map((row) => row.tenant).filter((name) => name !== ''))) {
    const there = await rightsOf(deps, transaction, within, by, { ...everywhere, tenant })
    if (there !== undefined) assertCovers(there, await within.policy.subject(principalId, undefined, { tenant }))
  }
}

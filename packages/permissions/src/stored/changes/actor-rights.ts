import { oneOf } from '@cardea/core'
import { roleAssignments, type StorageOperations } from '@cardea/storage'
import { everywhere } from '../assignment-scope.js'
import type { ChangeDeps } from '../change-context.js'
import type { Actor } from '../stored-policy.js'
import { assertCovers } from './ceiling.js'
import { potentialOf } from './potential.js'
import { type Rights, rightsOf } from './rights.js'

/**
 * Refuses to go on unless the actor has all rights that a principal has, in every tenant where either has been given any.
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
  await assertCoversThere(rights, {})
  // In his own tenants, too: there he may be denied what the other has everywhere.
  const where = oneOf('principal_id', [principalId, rights.subject.id])
  const rows = await transaction.find(roleAssignments, { where, limit: 'all' })
  for (const tenant of new Set(rows.map((row) => row.tenant).filter((name) => name !== ''))) {
    const there = await rightsOf(deps, transaction, within, by, { ...everywhere, tenant })
    if (there !== undefined) await assertCoversThere(there, { tenant })
  }

  async function assertCoversThere(there: Rights, options: { readonly tenant?: string }): Promise<void> {
    const now = await within.policy.subject(principalId, undefined, options)
    for (const other of await potentialOf(deps, transaction, within, now)) assertCovers(there, other)
  }
}

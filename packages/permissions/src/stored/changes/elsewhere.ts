import { eq } from '@cardea/core'
import { roleAssignments, type StorageOperations } from '@cardea/storage'
import type { PolicyWithin } from '../change-context.js'
import type { Actor } from '../stored-policy.js'
import { assertNotEnlarged } from './ceiling.js'
import type { Rights } from './rights.js'

/** A role that is about to change, and who changes it. */
interface Change {
  readonly rights: Rights | undefined
  readonly by: Actor | undefined
  /** That of the role; empty for a global one. */
  readonly tenant: string
  /** Whether it may come to deny less: nothing else that a global role gives can be more than he has elsewhere. */
  readonly freed: boolean
}

/**
 * What the actor may in his own tenants before a global role changes: that means something in each of them, where he may be
 * denied what he has otherwise.
 *
 * @returns What looks at it again after the change.
 */
export async function watchTenants(
  transaction: StorageOperations,
  within: PolicyWithin,
  { rights, by, tenant, freed }: Change,
): Promise<() => Promise<void>> {
  if (rights === undefined || by === undefined || rights.subject.bypass) return async () => undefined
  const before = new Map([[tenant, rights.subject]])
  if (freed && tenant === '') {
    const where = eq('principal_id', rights.subject.id)
    const rows = await transaction.find(roleAssignments, { where, limit: 'all' })
    for (const name of new Set(rows.map((row) => row.tenant).filter((held) => held !== ''))) {
      before.set(name, await by(within.policy, { tenant: name }))
    }
  }
  return async () => {
    for (const [name, subject] of before) await assertNotEnlarged({ ...rights, subject }, within, by, name)
  }
}

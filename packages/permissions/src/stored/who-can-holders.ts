import { and, oneOf } from '@cardea/core'
import { roleAssignments, type StorageOperations } from '@cardea/storage'
import type { CompiledPolicy } from '../engine/compile-policy.js'
import type { Assignment } from '../engine/policy-snapshot.js'

/** A principal that has a permission. */
export interface PrincipalWith {
  readonly principalId: string
  /** `conditional` when it depends on the object or the field; where an object was given, all are `allowed`. */
  readonly decision: 'allowed' | 'conditional'
}

export interface WhoCanQuestion {
  readonly permission: string
  readonly object: object | undefined
  readonly tenant: string
  readonly now: number
}

/**
 * Asks some principals whether they have a permission, with all that each of them holds as of one instant.
 *
 * @returns The active ones that have it, in the order in which they were named.
 */
export async function readHolders(
  operations: StorageOperations,
  policy: CompiledPolicy,
  { permission, object, tenant, now }: WhoCanQuestion,
  principalIds: readonly string[],
): Promise<readonly PrincipalWith[]> {
  const rows = await operations.find(roleAssignments, {
    where: and(oneOf('principal_id', principalIds), oneOf('tenant', tenant === '' ? [''] : ['', tenant])),
    include: { principal: true },
    limit: 'all',
  })
  const held = new Map<string, Assignment[]>()
  for (const row of rows) {
    if (row.principal.status !== 'active') continue
    const assignment = {
      roleId: row.role_id,
      expiresAt: row.expires_at,
      tenant: row.tenant,
      resourceType: row.resource_type,
      resourceId: row.resource_id,
    }
    const known = held.get(row.principal_id)
    if (known === undefined) held.set(row.principal_id, [assignment])
    else known.push(assignment)
  }
  return principalIds.flatMap((id): PrincipalWith[] => {
    const assignments = held.get(id)
    if (assignments === undefined) return []
    const decision = policy.subject({ id, assignments, now, tenant }).check(permission, object)
    // For an object that is known, "it depends on the field" is no yes.
    if (decision === 'denied' || (object !== undefined && decision === 'conditional')) return []
    return [{ principalId: id, decision }]
  })
}

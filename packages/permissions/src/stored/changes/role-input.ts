import { CardeaError, isCardeaError } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import { roleLabelProblem } from '../../roles/role-label.js'
import { findRoleRow, type RoleRow, requireRole } from '../role-lookup.js'

/**
 * Finds the roles that another one is to inherit.
 *
 * @param tenant The tenant of the one that inherits; empty for none.
 * @throws CardeaError `not_found`, `invalid_request` for a bypass and for a role of another tenant.
 */
export async function requireParents(
  transaction: StorageOperations,
  labelsOrIds: readonly string[],
  tenant: string,
): Promise<RoleRow[]> {
  const parents = new Map<string, RoleRow>()
  for (const [index, labelOrId] of labelsOrIds.entries()) {
    const parent = await requireRole(transaction, labelOrId, tenant)
    if (parent.bypass) throw invalidParent(index, 'is a role with bypass, which cannot be inherited')
    // What a tenant can change must not reach beyond it.
    if (parent.tenant !== '' && parent.tenant !== tenant) throw invalidParent(index, 'is a role of a tenant')
    parents.set(parent.id, parent)
  }
  return [...parents.values()]
}

function invalidParent(index: number, message: string): CardeaError {
  return new CardeaError('invalid_request', `inherits.${index} ${message}`, {
    issues: [{ path: `inherits.${index}`, code: 'invalid_value', message }],
  })
}

/**
 * A tenant has no role that goes by the label of a global one: who names it would not know which is meant. A global role
 * that comes later wins.
 *
 * @throws CardeaError `conflict`
 */
export async function requireFreeLabel(transaction: StorageOperations, label: string, tenant: string): Promise<void> {
  if ((await findRoleRow(transaction, label, tenant)) !== undefined) throw labelTaken()
}

const labelTaken = (cause?: unknown): CardeaError =>
  new CardeaError('conflict', 'There is a role with this label already.', { cause })

export async function conflicting<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (isCardeaError(error, 'unique_violation')) throw labelTaken(error)
    throw error
  }
}

export function checkLabel(label: string): string {
  const problem = roleLabelProblem(label)
  if (problem === undefined) return label
  throw new CardeaError('invalid_request', `label ${problem}`, {
    issues: [{ path: 'label', code: 'invalid_format', message: problem }],
  })
}

export const idsOf = (rows: readonly RoleRow[]): readonly string[] => rows.map(({ id }) => id)
export const labelsOf = (rows: readonly RoleRow[]): readonly string[] => rows.map(({ label }) => label)

import { CardeaError } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import type { GrantRecord, RoleAssignment } from '@cardea/permissions/stored'
import { invalidInput } from '../accounts/invalid-input.js'
import type { AssignmentFilter, GrantFilter, ListPart } from '../api/permissions.js'
import type { Services } from '../services/services.js'

/** One more than a page has, which tells whether there is another. */
const mostElements = 1_001
const defaultLimit = 100

export async function listAssignments(
  services: Services,
  query: AssignmentFilter & ListPart = {},
): Promise<readonly RoleAssignment[]> {
  return await services.policy.listAssignments({ ...(await assignmentsWith(services, query)), ...partOf(query) })
}

export async function countAssignments(services: Services, filter: AssignmentFilter = {}): Promise<number> {
  return await services.policy.countAssignments(await assignmentsWith(services, filter))
}

export async function listGrants(
  services: Services,
  query: GrantFilter & ListPart = {},
): Promise<readonly GrantRecord[]> {
  return await services.policy.listGrants({ ...(await withRole(services, query.role)), ...partOf(query) })
}

export async function countGrants(services: Services, filter: GrantFilter = {}): Promise<number> {
  return await services.policy.countGrants(await withRole(services, filter.role))
}

async function assignmentsWith(services: Services, { principalId, role }: AssignmentFilter) {
  return { ...(principalId === undefined ? {} : { principalId }), ...(await withRole(services, role)) }
}

/** Roles are named by label or id; lists know them by id, and of one that nobody has they are empty. */
async function withRole({ policy }: Services, role: string | undefined): Promise<{ readonly roleId?: string }> {
  if (role === undefined) return {}
  if (isUuid(role)) return { roleId: role }
  const found = await policy.findRole(role)
  if (found === undefined) throw new CardeaError('not_found', 'There is no such role.')
  return { roleId: found.id }
}

function partOf({ limit = defaultLimit, offset = 0, after }: ListPart) {
  assertWhole('limit', limit, 1, mostElements)
  assertWhole('offset', offset, 0, Number.MAX_SAFE_INTEGER)
  return { limit, ...(offset === 0 ? {} : { offset }), ...(after === undefined ? {} : { after }) }
}

function assertWhole(path: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  throw invalidInput([{ path, code: 'invalid_value', message: `must be a whole number from ${least} to ${most}` }])
}

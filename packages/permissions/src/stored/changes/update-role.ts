import { and, CardeaError, eq, oneOf } from '@cardea/core'
import { type RowOf, roleParents, roles as roleTable, type StorageOperations } from '@cardea/storage'
import type { RoleSnapshot } from '../../engine/policy-snapshot.js'
import { findCycle } from '../../roles/find-cycle.js'
import { everywhere } from '../assignment-scope.js'
import type { ChangeDeps } from '../change-context.js'
import { advancePolicy, lockPolicy } from '../policy-row.js'
import type { RoleChanges, RoleRecord } from '../records.js'
import { type RoleRow, requireRole } from '../role-lookup.js'
import type { ChangeOptions } from '../stored-policy.js'
import { assertMayGive } from './ceiling.js'
import { grantsOf } from './closure.js'
import { watchTenants } from './elsewhere.js'
import { checkDescription } from './permissions.js'
import { rightsOf } from './rights.js'
import { assertMayChange, requireUndeclared, requireUnprotected } from './role-changes.js'
import { checkLabel, conflicting, idsOf, requireFreeLabel, requireParents } from './role-input.js'
import { describeRole } from './role-queries.js'
import { assertHoldersSeparated, staticConstraints } from './separation.js'

export async function updateRole(
  deps: ChangeDeps,
  labelOrId: string,
  changes: RoleChanges,
  { by }: ChangeOptions,
): Promise<RoleRecord> {
  const wanted = {
    label: changes.label === undefined ? undefined : checkLabel(changes.label),
    description: changes.description === undefined ? undefined : checkDescription(changes.description),
    inherits: changes.inherits,
  }
  return await conflicting(() =>
    deps.storage.transaction(async (transaction) => {
      await lockPolicy(transaction)
      const role = await requireRole(transaction, labelOrId)
      const difference = await compare(transaction, role, wanted)
      // Whoever sends a role as it is changes nothing, and needs no right to.
      if (difference === undefined) return await describeRole(transaction, role)
      requireChangeable(deps, role, difference)

      const policy = deps.within(transaction)
      const rights = await rightsOf(deps, transaction, policy, by, { ...everywhere, tenant: role.tenant })
      const { roles } = await policy.inForce(role.tenant)
      await assertMayChange(policy, rights, role)
      // What a parent denies is denied to all that hold the role: as with a grant, he has it himself.
      for (const effect of ['allow', 'deny'] as const) {
        assertMayGive(rights, grantsOf(roles, difference.added, effect))
      }
      // Who takes a parent away gives what it denied.
      assertMayGive(rights, grantsOf(roles, parentsOf(difference.removed), 'deny'))

      requireNoCycle(roles, role.id, difference.inherits)
      if (difference.set.label !== undefined) await requireFreeLabel(transaction, difference.set.label, role.tenant)
      const freed = difference.removed.length > 0
      const assertNoMore = await watchTenants(transaction, policy, { rights, by, tenant: role.tenant, freed })
      const changed = await write(deps, transaction, role, difference)
      await assertNoMore()
      return await describeRole(transaction, changed)
    }),
  )
}

/** What changes of a role. */
interface RoleDifference {
  readonly set: { readonly label?: string; readonly description?: string }
  /** Ids of what it inherits from now on. */
  readonly inherits: readonly string[]
  readonly added: readonly string[]
  readonly removed: readonly RowOf<typeof roleParents>[]
}

/** @returns Undefined where nothing changes. */
async function compare(
  transaction: StorageOperations,
  role: RoleRow,
  { label, description, inherits }: RoleChanges,
): Promise<RoleDifference | undefined> {
  const rows = await transaction.find(roleParents, { where: eq('role_id', role.id), limit: 'all' })
  const present = new Set(parentsOf(rows))
  const wanted =
    inherits === undefined ? present : new Set(idsOf(await requireParents(transaction, inherits, role.tenant)))
  const set = {
    ...(label === undefined || label === role.label ? {} : { label }),
    ...(description === undefined || description === role.description ? {} : { description }),
  }
  const added = [...wanted].filter((id) => !present.has(id))
  const removed = rows.filter((row) => !wanted.has(row.parent_id))
  if (Object.keys(set).length + added.length + removed.length === 0) return undefined
  return { set, inherits: [...wanted], added, removed }
}

const parentsOf = (rows: readonly RowOf<typeof roleParents>[]): readonly string[] => rows.map((row) => row.parent_id)

/** @throws CardeaError `protected` */
function requireChangeable(
  { roles }: Pick<ChangeDeps, 'roles'>,
  role: RoleRow,
  { set, removed }: RoleDifference,
): void {
  requireUnprotected(role)
  if (set.label !== undefined) requireUndeclared(roles, role)
  if (removed.some((row) => row.declared)) {
    throw new CardeaError('protected', 'What the role inherits is declared in code, which would add it again.')
  }
}

function requireNoCycle(roles: ReadonlyMap<string, RoleSnapshot>, roleId: string, parents: readonly string[]): void {
  const inheritance = new Map<string, readonly string[]>([...roles].map(([id, role]) => [id, role.parents]))
  if (findCycle(inheritance.set(roleId, parents)) === undefined) return
  const message = 'would make the role inherit itself'
  throw new CardeaError('invalid_request', `inherits ${message}`, {
    issues: [{ path: 'inherits', code: 'invalid_value', message }],
  })
}

async function write(
  deps: Pick<ChangeDeps, 'clock' | 'roles'>,
  transaction: StorageOperations,
  role: RoleRow,
  { set, added, removed }: RoleDifference,
): Promise<RoleRow> {
  const now = deps.clock()
  const changed = { ...set, changed_version: await advancePolicy(transaction), updated_at: now }
  await transaction.update(roleTable, { where: eq('id', role.id), set: changed })
  if (removed.length > 0) {
    await transaction.delete(roleParents, and(eq('role_id', role.id), oneOf('parent_id', parentsOf(removed))))
  }
  if (added.length > 0) {
    await transaction.insert(
      roleParents,
      added.map((id) => ({ role_id: role.id, parent_id: id })),
    )
    await assertHoldersSeparated(transaction, staticConstraints(deps.roles), [role.id], now)
  }
  return { ...role, ...changed }
}

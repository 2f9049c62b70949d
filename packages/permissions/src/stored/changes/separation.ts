import { and, CardeaError, type Condition, eq, gt, isNull, oneOf, or } from '@cardea/core'
import { roleAssignments, roleParents, roles as roleTable, type StorageOperations } from '@cardea/storage'
import type { Roles } from '../../roles/define-roles.js'
import type { SeparationOfDuty } from '../../roles/separation-of-duty.js'
import { isViolated } from '../../roles/separation-of-duty.js'
import { chunks } from '../chunks.js'

/** How many principals are looked at in one go. */
const pageSize = 500
/** How many values a condition lists: databases limit the parameters of a statement. */
const listSize = 500

/** Which roles of the sets a role is or inherits, by its id. Roles that are none of them are not in it. */
type Membership = ReadonlyMap<string, ReadonlySet<string>>

/** The separations of duty that hold for what somebody holds, whether it is in force or not. */
export const staticConstraints = (roles: Roles): readonly SeparationOfDuty[] =>
  (roles.constraints ?? []).filter(({ kind }) => kind === 'static')

/**
 * Refuses what a principal holds by now. The caller holds the policy mutex, so nobody adds to it meanwhile.
 *
 * It counts wherever it holds: who pays in one tenant and approves in another still does both.
 *
 * @throws CardeaError `conflict`
 */
export async function assertSeparated(
  transaction: StorageOperations,
  constraints: readonly SeparationOfDuty[],
  principalId: string,
  now: number,
): Promise<void> {
  if (constraints.length === 0) return
  const membership = await readMembership(transaction, constraints)
  const rows = await transaction.find(roleAssignments, {
    where: and(eq('principal_id', principalId), holding(now)),
    limit: 'all',
  })
  assertNone(constraints, [rows.map((row) => row.role_id)], membership)
}

/**
 * Refuses a change of what roles inherit by which somebody came to have too many. The caller holds the policy mutex and has
 * written the change.
 *
 * Only who holds a role that gained can be concerned: the holders are read in pages, those of the fewer roles that it takes.
 *
 * @param changed The roles whose inheritance has changed.
 * @throws CardeaError `conflict`
 */
export async function assertHoldersSeparated(
  transaction: StorageOperations,
  constraints: readonly SeparationOfDuty[],
  changed: readonly string[],
  now: number,
): Promise<void> {
  if (constraints.length === 0) return
  const membership = await readMembership(transaction, constraints)
  // Whoever inherits what has changed has all of its roles, and is in there, too.
  const heirs = await readHeirs(transaction, changed)
  for (const constraint of constraints) {
    const isConcerned = (id: string): boolean => constraint.roles.some((label) => membership.get(id)?.has(label))
    const gained = [...heirs].filter(isConcerned)
    if (gained.length === 0) continue
    const others = [...membership.keys()].filter((id) => isConcerned(id) && !heirs.has(id))
    const together = new Set(gained.flatMap((id) => [...(membership.get(id) ?? [])]))
    // Where the roles that gained are not enough by themselves, it takes one of the others, which fewer may hold.
    const byOthers =
      !isViolated(constraint, (label) => together.has(label)) &&
      (await countHolders(transaction, others)) < (await countHolders(transaction, gained))
    const relevant = [...gained, ...others]
    for await (const principals of holdersOf(transaction, byOthers ? others : gained, now)) {
      const held = await heldBy(transaction, principals, relevant, now)
      assertNone([constraint], held, membership)
    }
  }
}

function assertNone(
  constraints: readonly SeparationOfDuty[],
  held: Iterable<readonly string[]>,
  membership: Membership,
): void {
  for (const roleIds of held) {
    const had = new Set(roleIds.flatMap((id) => [...(membership.get(id) ?? [])]))
    const violated = constraints.find((constraint) => isViolated(constraint, (label) => had.has(label)))
    if (violated === undefined) continue
    throw new CardeaError('conflict', `These roles may not be held together: ${violated.name}.`)
  }
}

/** The roles of all sets and what inherits them, roles of tenants included, by one statement for each generation. */
async function readMembership(
  transaction: StorageOperations,
  constraints: readonly SeparationOfDuty[],
): Promise<Membership> {
  const labels = [...new Set(constraints.flatMap((constraint) => constraint.roles))]
  const rows = await transaction.find(roleTable, {
    where: and(eq('tenant', ''), oneOf('label', labels)),
    limit: 'all',
  })
  const children = new Map<string, string[]>()
  await readHeirs(
    transaction,
    rows.map((row) => row.id),
    children,
  )
  const membership = new Map<string, Set<string>>()
  for (const { id, label } of rows) {
    const heirs = new Set([id])
    for (const heir of heirs) for (const child of children.get(heir) ?? []) heirs.add(child)
    for (const heir of heirs) membership.set(heir, (membership.get(heir) ?? new Set()).add(label))
  }
  return membership
}

/**
 * Roles and all that inherit them.
 *
 * @param children Comes to hold who inherits directly from whom.
 */
async function readHeirs(
  transaction: StorageOperations,
  roleIds: readonly string[],
  children = new Map<string, string[]>(),
): Promise<ReadonlySet<string>> {
  const reached = new Set(roleIds)
  let generation = [...reached]
  while (generation.length > 0) {
    const next = new Set<string>()
    for (const ids of chunks(generation, listSize)) {
      const rows = await transaction.find(roleParents, { where: oneOf('parent_id', ids), limit: 'all' })
      for (const { role_id: child, parent_id: parent } of rows) {
        children.set(parent, [...(children.get(parent) ?? []), child])
        if (!reached.has(child)) next.add(child)
      }
    }
    for (const id of next) reached.add(id)
    generation = [...next]
  }
  return reached
}

async function countHolders(transaction: StorageOperations, roleIds: readonly string[]): Promise<number> {
  let count = 0
  for (const ids of chunks(roleIds, listSize)) count += await transaction.count(roleAssignments, oneOf('role_id', ids))
  return count
}

/** The principals that hold any of some roles, in pages, along the index of each role. */
async function* holdersOf(
  transaction: StorageOperations,
  roleIds: readonly string[],
  now: number,
): AsyncGenerator<readonly string[]> {
  for (const roleId of roleIds) {
    let after: string | undefined
    do {
      const rows = await transaction.find(roleAssignments, {
        where: and(eq('role_id', roleId), holding(now)),
        orderBy: [{ field: 'id', direction: 'asc' }],
        ...(after === undefined ? {} : { after: [after] }),
        limit: pageSize,
      })
      if (rows.length > 0) yield [...new Set(rows.map((row) => row.principal_id))]
      after = rows.length < pageSize ? undefined : rows.at(-1)?.id
    } while (after !== undefined)
  }
}

/** What principals hold of some roles. */
async function heldBy(
  transaction: StorageOperations,
  principalIds: readonly string[],
  roleIds: readonly string[],
  now: number,
): Promise<Iterable<readonly string[]>> {
  const held = new Map<string, string[]>()
  for (const ids of chunks(roleIds, listSize)) {
    const rows = await transaction.find(roleAssignments, {
      where: and(oneOf('principal_id', principalIds), oneOf('role_id', ids), holding(now)),
      limit: 'all',
    })
    for (const row of rows) held.set(row.principal_id, [...(held.get(row.principal_id) ?? []), row.role_id])
  }
  return held.values()
}

const holding = (now: number): Condition => or(isNull('expires_at'), gt('expires_at', now))

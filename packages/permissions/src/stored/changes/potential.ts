import { CardeaError, isCardeaError } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import type { Subject } from '../../engine/subject.js'
import type { ChangeDeps, PolicyWithin } from '../change-context.js'
import { grantsOf } from './closure.js'
import { type AssignmentRow, assignmentOf, readHeld } from './rights.js'

type Deps = Pick<ChangeDeps, 'clock' | 'roles'>

/** Each instant at which something that denies ends is looked at; nobody means to have that many. */
const mostEnds = 100

/** A principal in a tenant; empty for none. */
interface Held {
  readonly principalId: string
  readonly tenant: string
}

/**
 * What somebody may do, and what comes to it without anybody giving it: once a role that denies has expired, and with each
 * of the roles that a dynamic separation of duty keeps apart, one of which is chosen when it is used. Whoever takes an
 * account over has all of it. Where nothing can come it takes no statement.
 *
 * @param now What it may now, of the same tenant.
 */
export async function potentialOf(
  deps: Deps,
  transaction: StorageOperations,
  within: PolicyWithin,
  now: Subject<string>,
): Promise<readonly Subject<string>[]> {
  const isApart = (deps.roles.constraints ?? []).some(({ kind }) => kind === 'dynamic')
  if (now.bypass || (now.validUntil === null && !isApart)) return [now]
  const { id, tenant } = now
  const rows = await readHeld(deps, transaction, id, tenant)
  const { compiled, roles } = await within.inForce(tenant)
  const assignments = rows.map(assignmentOf)
  const denying = rows.filter((row) => grantsOf(roles, [row.role_id], 'deny').length > 0)
  const ends = new Set(denying.flatMap((row) => row.expires_at ?? []))
  if (ends.size > mostEnds) throw new CardeaError('forbidden', 'What the account may changes too often to be judged.')
  return [deps.clock(), ...ends].flatMap((instant) => {
    const whole = compiled.subject({ id, tenant, assignments, now: instant })
    if (!isApart) return [whole]
    return [whole, ...[...new Set(rows.map((row) => row.role_id))].flatMap((role) => alone(whole, role))]
  })
}

/** With one of its roles in force; nothing for one that unites what is to be kept apart, which never is. */
function alone(subject: Subject<string>, role: string): readonly Subject<string>[] {
  try {
    return [subject.activate([role])]
  } catch (error) {
    if (isCardeaError(error, 'conflict')) return []
    throw error
  }
}

/** What somebody may do when an assignment has ended. */
export async function without(
  deps: Deps,
  transaction: StorageOperations,
  within: PolicyWithin,
  { principalId: id, tenant }: Held,
  ended: Pick<AssignmentRow, 'id'>,
): Promise<Subject<string>> {
  const rows = await readHeld(deps, transaction, id, tenant)
  const assignments = rows.filter((row) => row.id !== ended.id).map(assignmentOf)
  return (await within.inForce(tenant)).compiled.subject({ id, tenant, assignments, now: deps.clock() })
}

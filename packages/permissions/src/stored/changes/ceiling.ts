import { CardeaError } from '@cardea/core'
import { coversPattern, isWildcard, type ParsedPattern, parsePattern } from '../../catalogue/permission-label.js'
import type { Subject } from '../../engine/subject.js'
import type { Grant } from '../../roles/grant.js'
import type { PolicyWithin } from '../change-context.js'
import { canonicalJson } from '../fingerprint.js'
import type { Actor } from '../stored-policy.js'
import { has, holdsAll, holdsSome } from './holds.js'
import type { Rights } from './rights.js'

/**
 * Refuses to give what the actor does not have.
 *
 * @param grants What comes to be allowed, or denied no more.
 * @throws CardeaError `forbidden`
 */
export function assertMayGive(rights: Rights | undefined, grants: readonly GivenGrant[]): void {
  if (rights === undefined || grants.every((grant) => mayGive(rights, grant))) return
  throw new CardeaError('forbidden', 'Nobody gives rights that he does not have.')
}

/** @throws CardeaError `forbidden` */
export function assertBypass(rights: Rights | undefined): void {
  if (rights === undefined || rights.subject.bypass) return
  throw new CardeaError('forbidden', 'Only who has full access gives it or takes it.')
}

/** A grant, whatever it does: to take a deny away is to give what it denied. */
type GivenGrant = Pick<Grant, 'permission' | 'condition' | 'fields'>

/**
 * Whether one may give a grant: who has the permission for every object and field; or who was granted at least as much in
 * the same words, and is denied nothing of it. A wildcard is given by who has one, because of what is yet to be declared.
 */
function mayGive({ subject, allows, denies }: Rights, grant: GivenGrant): boolean {
  if (subject.bypass) return true
  const pattern = parsePattern(grant.permission)
  if (pattern === undefined) return false
  if (!isWildcard(pattern) && subject.canUnchecked(grant.permission)) return true
  if (denies.some((deny) => overlaps(deny.permission, pattern))) return false
  return allows.some(
    (allow) => covers(allow.permission, pattern) && coversCondition(allow, grant) && coversFields(allow, grant),
  )
}

const coversCondition = (wide: GivenGrant, narrow: GivenGrant): boolean =>
  wide.condition === null || canonicalJson(wide.condition) === canonicalJson(narrow.condition)

const coversFields = (wide: GivenGrant, narrow: GivenGrant): boolean =>
  wide.fields === null || (narrow.fields?.every((field) => wide.fields?.includes(field)) ?? false)

function covers(wide: string, narrow: ParsedPattern): boolean {
  const pattern = parsePattern(wide)
  return pattern !== undefined && coversPattern(pattern, narrow)
}

/** Whether there is or can be a permission that both stand for. */
function overlaps(one: string, other: ParsedPattern): boolean {
  const pattern = parsePattern(one)
  if (pattern === undefined) return true
  const meet = (a: string, b: string): boolean => a === '*' || b === '*' || a === b
  return meet(pattern.resource, other.resource) && meet(pattern.operation, other.operation)
}

/**
 * Refuses to change what another may do who has rights that the actor lacks.
 *
 * @param other What the other may do. Rights that depend on an object or a field are rights.
 * @throws CardeaError `forbidden`
 */
export function assertCovers({ subject, permissions }: Rights, other: Subject<string>): void {
  if (subject.bypass) return
  // Of himself he has what depends on the object, too; with a key that gives less he has not.
  const has = subject.id === other.id ? holdsSome : holdsAll
  if (!other.bypass && permissions.every((label) => !holdsSome(other, label) || has(subject, label))) return
  throw new CardeaError('forbidden', 'Nobody changes the roles of somebody who has more rights than he.')
}

/**
 * Refuses what gave another more than the actor has, by whatever way.
 *
 * @throws CardeaError `forbidden`
 */
export function assertGrownWithin(
  { subject, permissions }: Rights,
  before: Subject<string>,
  after: Subject<string>,
): void {
  const grew = (label: string): boolean =>
    (holdsAll(after, label) && !holdsAll(before, label)) || (holdsSome(after, label) && !holdsSome(before, label))
  if (permissions.every((label) => !grew(label) || holdsAll(subject, label))) return
  throw new CardeaError('forbidden', 'Nobody gives rights that he does not have.')
}

/**
 * Refuses what would give the actor himself more than he had, by whatever way: the last look before a change is committed.
 *
 * @throws CardeaError `forbidden`
 */
export async function assertNotEnlarged(
  rights: Rights | undefined,
  within: PolicyWithin,
  by: Actor | undefined,
  tenant: string,
): Promise<void> {
  if (rights === undefined || by === undefined || rights.subject.bypass) return
  const after = await by(within.policy, { tenant })
  if (has(rights.subject, after, rights.permissions)) return
  throw new CardeaError('forbidden', 'Nobody gives himself rights that he does not have.')
}

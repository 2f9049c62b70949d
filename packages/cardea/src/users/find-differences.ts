import { type AuthCollection, type CollectionRow, identityFields } from '@cardea/collections'
import { normalizeEmail } from '@cardea/core'
import type { PrincipalState } from '@cardea/identity'
import type { RoleAssignment } from '@cardea/permissions/stored'
import type { ParsedChange } from './parse-change.js'

/** What a change makes different. What is sent as it is already counts for nothing: clients send users back whole. */
export interface Differences {
  /** Names of the collection's own fields. */
  readonly fields: readonly string[]
  /** Those of them that somebody signs in by. */
  readonly identifiers: readonly string[]
  /** The new address, and the one before as it was normalised. */
  readonly email: { readonly from: string; readonly to: string } | undefined
  readonly password: boolean
  /** Whether the address counts as theirs from then on; undefined where that stays. */
  readonly verified: boolean | undefined
  readonly status: 'active' | 'disabled' | undefined
  readonly roles: RoleDifference | undefined
}

export interface RoleDifference {
  /** The id of a role that is to be given. */
  readonly given: string | undefined
  /** The assignments that are to be taken. */
  readonly taken: readonly RoleAssignment[]
}

/** What is known of a user before a change. */
export interface Before {
  readonly principal: PrincipalState
  readonly record: CollectionRow
  /** Roles that it has everywhere; empty where no role was sent. */
  readonly roles: readonly RoleAssignment[]
}

/** @param roleId The role that was sent; null for none, undefined where roles stay. */
export function findDifferences(
  collection: AuthCollection,
  { principal, record, roles }: Before,
  change: ParsedChange,
  roleId: string | null | undefined,
): Differences {
  const { values } = change
  const fields = Object.keys(values).filter((name) => !isSame(values[name], record[name]))
  const identifiers = identityFields(collection).filter((kind) => fields.includes(kind))
  const from = normalizeEmail(record['email']) ?? String(record['email'])
  const email = change.email === undefined || change.email === from ? undefined : { from, to: change.email }
  // An address that somebody has typed in is nobody's until it is proved, or vouched for.
  const verified = email === undefined ? change.verified : (change.verified ?? false)
  return {
    fields,
    identifiers,
    email,
    password: change.password !== undefined,
    verified: verified === record['verified'] ? undefined : verified,
    status:
      change.status === undefined || (change.status === 'active') === principal.active ? undefined : change.status,
    roles: roleId === undefined ? undefined : roleDifference(roles, roleId),
  }
}

function roleDifference(roles: readonly RoleAssignment[], roleId: string | null): RoleDifference | undefined {
  const taken = roles.filter((held) => held.roleId !== roleId)
  const given = roleId === null || taken.length < roles.length ? undefined : roleId
  return given === undefined && taken.length === 0 ? undefined : { given, taken }
}

const isSame = (left: unknown, right: unknown): boolean =>
  left === right || JSON.stringify(left ?? null) === JSON.stringify(right ?? null)

/** Whether it is about what somebody signs in by or may, not just about its record. */
export const isSensitive = ({ identifiers, email, password, verified, status, roles }: Differences): boolean =>
  identifiers.length > 0 ||
  email !== undefined ||
  password ||
  verified !== undefined ||
  status !== undefined ||
  roles !== undefined

import { authz, permissions, principals, rolePermissions, roles } from '@cardea/storage'

/**
 * Tables as this package reads them. References are a matter of reading, not of the schema, so more may be followed than
 * the schema lists.
 */

/** Principals with the policy's row: one statement tells both versions as of one instant. */
export const versionedPrincipals = Object.freeze({ ...principals, references: { authz: { table: authz } } })

/** Grants with the permission, which a wildcard does not have, and the role. */
export const describedGrants = Object.freeze({
  ...rolePermissions,
  references: {
    permission: { table: permissions, on: { column: 'permission_id', target: 'id' }, optional: true },
    role: { table: roles, on: { column: 'role_id', target: 'id' } },
  },
} as const)

import type { Catalogue } from '../catalogue/define-permissions.js'
import type { NoRows } from '../catalogue/row-types.js'
import type { Roles } from '../roles/define-roles.js'
import type { PolicySnapshot } from './policy-snapshot.js'

/** The policy that code declares, without any storage: each role's label serves as its id. */
export function declaredPolicy<P extends string, Rows = NoRows>(
  catalogue: Catalogue<P, Rows>,
  roles: Roles,
): PolicySnapshot<P, Rows> {
  return {
    permissions: catalogue.permissions,
    roles: roles.declarations.map(({ label, bypass, inherits, grants }) => ({
      id: label,
      label,
      bypass,
      parents: inherits,
      grants,
    })),
    ...(roles.constraints === undefined ? {} : { constraints: roles.constraints }),
  }
}

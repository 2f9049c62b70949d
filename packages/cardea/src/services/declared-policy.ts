import { type AnyCollection, permissionsOf } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import {
  builtInRoles,
  type Catalogue,
  mergePermissions,
  mergeRoles,
  type Roles,
  sdkPermissions,
} from '@cardea/permissions/declare'
import { isOfPreset } from '../presets/preset-permissions.js'

/** What code declares of permissions and roles. */
export interface DeclaredPolicy {
  readonly catalogue: Catalogue
  readonly roles: Roles
  /** Labels of what the app declares, or has from a preset. */
  readonly app: ReadonlySet<string>
  /** The permissions that the app itself has thought of: neither those of the SDK, nor of collections, nor of a preset. */
  readonly own: readonly string[]
}

/** Puts together what there is to permit, and to whom. */
export function declaredPolicy(
  declared: { readonly permissions?: Catalogue; readonly roles?: Roles },
  collections: readonly AnyCollection[],
): DeclaredPolicy {
  const { permissions, roles } = declared
  const own = (permissions?.entries ?? []).filter((entry) => !sdkPermissions.has(entry.label) && !isOfPreset(entry))
  return {
    catalogue: declaredCatalogue(permissions, collections),
    roles: declaredRoles(roles),
    app: new Set(permissions?.permissions),
    own: own.map(({ label }) => label),
  }
}

/** Everything that can be permitted: what the app declares, what its collections bring, what the SDK's routes ask for. */
export function declaredCatalogue(declared: Catalogue | undefined, collections: readonly AnyCollection[]): Catalogue {
  let catalogue: Catalogue = declared === undefined ? sdkPermissions : mergePermissions(declared, sdkPermissions)
  for (const collection of collections) catalogue = mergePermissions(catalogue, permissionsOf(collection))
  return catalogue
}

/** The app's roles, and the admin that every app has unless it declares one itself. */
export function declaredRoles(declared: Roles | undefined): Roles {
  if (declared === undefined) return builtInRoles
  const admin = declared.declarations.find(({ label }) => label === 'admin')
  if (admin === undefined) return mergeRoles(builtInRoles, declared)
  // The set-up of the first admin gives this role and counts on there being none who has all rights.
  if (admin.bypass) return declared
  throw new CardeaError('configuration_invalid', 'createCardea: roles.admin must have bypass: true')
}

import { sdkPermissions } from '@cardea/permissions/declare'
import type { PermissionRecord } from '@cardea/permissions/stored'
import type { ListedPermission } from '../api/permissions.js'
import type { Services } from '../services/services.js'

/** A permission, and where it comes from. */
export function listedPermission(services: Services, permission: PermissionRecord): ListedPermission {
  return { ...permission, origin: originOf(services, permission) }
}

function originOf(
  { collections, declared }: Services,
  { label, systemProtected }: PermissionRecord,
): ListedPermission['origin'] {
  if (declared.app.has(label)) return 'app'
  if (sdkPermissions.has(label)) return 'cardea'
  const isOfCollection = collections.current.registry.get(label.slice(0, label.indexOf(':'))) !== undefined
  if (isOfCollection && systemProtected) return 'collection'
  // What code does not declare any more stays until it is pruned.
  return systemProtected ? 'app' : 'custom'
}

export async function listCatalogue(services: Services): Promise<readonly ListedPermission[]> {
  return (await services.policy.listPermissions()).map((permission) => listedPermission(services, permission))
}

export async function findPermission(services: Services, labelOrId: string): Promise<ListedPermission | undefined> {
  const permission = await services.policy.findPermission(labelOrId)
  return permission === undefined ? undefined : listedPermission(services, permission)
}

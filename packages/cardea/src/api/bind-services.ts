import { isAuthCollection } from '@cardea/collections'
import { usersName } from '../options/users-name.js'
import type { Services } from '../services/services.js'
import { bindCollection } from './bind-collection.js'
import { bindPermissions } from './bind-permissions.js'
import { bindSessions } from './bind-sessions.js'
import type { AnyAuthCollectionApi, PermissionsApi, SessionsApi } from './cardea.js'

/** The services before the types of the app's collections and permissions are known. */
export interface BoundServices {
  readonly users: AnyAuthCollectionApi
  readonly collections: Readonly<Record<string, AnyAuthCollectionApi>>
  readonly collection: (name: string) => AnyAuthCollectionApi | undefined
  readonly sessions: SessionsApi
  readonly permissions: PermissionsApi<string>
}

export function bindServices(services: Services): BoundServices {
  const bound = new Map(
    services.registry
      .list()
      .flatMap((collection): [string, AnyAuthCollectionApi][] =>
        isAuthCollection(collection) ? [[collection.name, bindCollection(services, collection)]] : [],
      ),
  )
  const users = bound.get(usersName)
  if (users === undefined) throw new TypeError('the registry holds no users')
  // Without a prototype, so that a name from a request finds collections only.
  const collections: Record<string, AnyAuthCollectionApi> = Object.create(null) as Record<string, AnyAuthCollectionApi>
  for (const [name, api] of bound) if (name !== usersName) collections[name] = api
  return {
    users,
    collections: Object.freeze(collections),
    collection: (name) => bound.get(name),
    sessions: bindSessions(services),
    permissions: bindPermissions(services),
  }
}

import { type AnyCollection, type AuthCollection, isAuthCollection } from '@cardea/collections'
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
  readonly findCollection: (name: string) => Promise<AnyAuthCollectionApi | undefined>
  readonly collectionNames: () => readonly string[]
  readonly sessions: SessionsApi
  readonly permissions: PermissionsApi<string>
}

export function bindServices(services: Services): BoundServices {
  const { collections: store } = services
  const bound = new WeakMap<AuthCollection, AnyAuthCollectionApi>()
  const bind = (collection: AnyCollection | undefined): AnyAuthCollectionApi | undefined => {
    if (collection === undefined || !isAuthCollection(collection)) return undefined
    const known = bound.get(collection)
    if (known !== undefined) return known
    const api = bindCollection(services, collection)
    bound.set(collection, api)
    return api
  }
  const users = bind(store.code.registry.get(usersName))
  if (users === undefined) throw new TypeError('the registry holds no users')
  // Without a prototype, so that a name from a request finds collections only.
  const collections: Record<string, AnyAuthCollectionApi> = Object.create(null) as Record<string, AnyAuthCollectionApi>
  for (const collection of store.code.registry.list()) {
    const api = bind(collection)
    if (api !== undefined && collection.name !== usersName) collections[collection.name] = api
  }
  return {
    users,
    collections: Object.freeze(collections),
    collection: (name) => bind(store.current.registry.get(name)),
    findCollection: async (name) => bind(await store.find(name)),
    collectionNames: () => store.current.authNames,
    sessions: bindSessions(services),
    permissions: bindPermissions(services),
  }
}

import { type AnyCollection, type AuthCollection, isAuthCollection } from '@cardea/collections'
import { loadOperations } from '../later/load-operations.js'
import { usersName } from '../options/users-name.js'
import type { Services } from '../services/services.js'
import { bindCollection } from './bind-collection.js'
import { bindApiKeys, bindSshKeys } from './bind-keys.js'
import { bindPermissions } from './bind-permissions.js'
import { bindRecords } from './bind-records.js'
import { bindSessions } from './bind-sessions.js'
import { bindVerify } from './bind-verify.js'
import type { AnyAuthCollectionApi, SessionsApi, Verify } from './cardea.js'
import type { Impersonate } from './impersonation.js'
import type { ApiKeysApi, SshKeysApi } from './keys.js'
import type { PermissionsApi } from './permissions.js'
import type { AnyRecordsApi } from './records.js'
import type { Authentication } from './sign-in.js'

/** The services before the types of the app's collections and permissions are known. */
export interface BoundServices {
  readonly users: AnyAuthCollectionApi
  readonly collections: Readonly<Record<string, AnyAuthCollectionApi>>
  readonly collection: (name: string) => AnyAuthCollectionApi | undefined
  readonly findCollection: (name: string) => Promise<AnyAuthCollectionApi | undefined>
  readonly collectionNames: () => readonly string[]
  readonly records: Readonly<Record<string, AnyRecordsApi>>
  readonly recordsOf: (name: string, seen?: Authentication) => Promise<AnyRecordsApi | undefined>
  readonly verify: Verify
  readonly sessions: SessionsApi
  readonly impersonate: Impersonate
  readonly permissions: PermissionsApi<string>
  readonly apiKeys: ApiKeysApi<string>
  readonly sshKeys: SshKeysApi
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
  const records: Record<string, AnyRecordsApi> = Object.create(null) as Record<string, AnyRecordsApi>
  for (const collection of store.code.registry.list()) {
    records[collection.name] = bindRecords(services, collection)
    const api = bind(collection)
    if (api !== undefined && collection.name !== usersName) collections[collection.name] = api
  }
  const sessions = bindSessions(services)
  const permissions = bindPermissions(services)
  return {
    users,
    collections: Object.freeze(collections),
    collection: (name) => bind(store.current.registry.get(name)),
    findCollection: async (name) => bind(await store.find(name)),
    collectionNames: () => store.current.authNames,
    records: Object.freeze(records),
    recordsOf: async (name, seen) => {
      const known = records[name]
      if (known !== undefined) return known
      // With versions that came with the request's own read, nothing more has to be asked.
      const collection =
        seen?.versions === undefined
          ? await store.find(name)
          : (await store.at(seen.versions.config)).registry.get(name)
      return collection === undefined ? undefined : bindRecords(services, collection)
    },
    verify: bindVerify(services, sessions),
    sessions,
    impersonate: async (input, context = {}) => await (await loadOperations()).impersonate(services, input, context),
    permissions,
    apiKeys: bindApiKeys(services, permissions),
    sshKeys: bindSshKeys(services, permissions),
  }
}

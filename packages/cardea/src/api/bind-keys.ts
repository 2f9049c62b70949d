import { emitKeyEvent } from '../accounts/key-events.js'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import type { ApiKeysApi, SshKeysApi } from './keys.js'
import type { PermissionsApi } from './permissions.js'

/** The operations on API keys, over the services of a storage or a transaction. */
export function bindApiKeys(services: Services, permissions: PermissionsApi<string>): ApiKeysApi<string> {
  const { apiKeys } = services
  /** Ends a key, and says so where it had not ended before. */
  const end = async (id: string, how: 'revoke' | 'delete'): Promise<boolean> => {
    const before = await apiKeys.find(id)
    if (before === undefined || !(await apiKeys[how](id))) return false
    if (before.revokedAt === null) emitKeyEvent(services, 'api_key.revoked', before)
    return true
  }
  return Object.freeze<ApiKeysApi<string>>({
    create: async (input, by, context) =>
      await (await loadOperations()).createApiKey(services, permissions, input, by, context),
    list: (principalId) => apiKeys.list(principalId),
    find: (id) => apiKeys.find(id),
    relabel: async (id, label) => await (await loadOperations()).relabelApiKey(services, id, label),
    revoke: (id) => end(id, 'revoke'),
    delete: (id) => end(id, 'delete'),
  })
}

/** The operations on SSH keys, over the services of a storage or a transaction. */
export function bindSshKeys(services: Services, permissions: PermissionsApi<string>): SshKeysApi {
  const { sshKeys } = services
  return Object.freeze<SshKeysApi>({
    add: async (input, by, context) =>
      await (await loadOperations()).addSshKey(services, permissions, input, by, context),
    findByFingerprint: (fingerprint) => sshKeys.findByFingerprint(fingerprint),
    list: (principalId) => sshKeys.list(principalId),
    find: (id) => sshKeys.find(id),
    delete: async (id) => {
      const before = await sshKeys.find(id)
      if (before === undefined || !(await sshKeys.delete(id))) return false
      emitKeyEvent(services, 'ssh_key.removed', before)
      return true
    },
  })
}

import type { ClientDetails } from '@cardea/sessions'
import { emitKeyEvent } from '../accounts/key-events.js'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import type { ApiKeysApi, SshKeysApi } from './keys.js'
import type { PermissionsApi } from './permissions.js'
import type { Authentication } from './sign-in.js'

/** Who asks, and how. Nothing of it where the app itself does. */
type Asked = [by?: Authentication, context?: ClientDetails]

/** Beside a context, undefined says that the app asks; the types let no other value that may be undefined stand there. */
const saysWho = (asked: Asked): boolean => asked.length > 0 && (asked[0] !== undefined || asked[1] === undefined)

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
    create: async (input, ...asked: Asked) => {
      const { createApiKey, requireAsker } = await loadOperations()
      if (saysWho(asked)) requireAsker({ by: asked[0] }, false)
      return await createApiKey(services, permissions, input, ...asked)
    },
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
    add: async (input, ...asked: Asked) => {
      const { addSshKey, requireAsker } = await loadOperations()
      if (saysWho(asked)) requireAsker({ by: asked[0] }, false)
      return await addSshKey(services, permissions, input, ...asked)
    },
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

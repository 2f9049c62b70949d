import { oneOf } from '@cardea/core'
import { apiKeys, identities, type StorageOperations, sshKeys } from '@cardea/storage'
import { type ApiKeyView, toApiKeyView } from '../api-key/api-key-view.js'
import { type IdentityLink, toIdentityLink } from '../identity-link/identity-links.js'
import { type SshKeyView, toSshKeyView } from '../ssh-key/ssh-keys.js'

/** What hangs on several principals beside sessions. */
export interface KeysOfMany {
  readonly identityLinks: readonly IdentityLink[]
  readonly sshKeys: readonly SshKeyView[]
  readonly apiKeys: readonly ApiKeyView[]
}

const newest = [
  { field: 'created_at', direction: 'desc' },
  { field: 'id', direction: 'desc' },
] as const
const oldest = [
  { field: 'created_at', direction: 'asc' },
  { field: 'id', direction: 'asc' },
] as const

/** Reads the keys of several principals, and their accounts at providers, each in the order of its own list: three statements. */
export async function keysOfMany(storage: StorageOperations, principalIds: readonly string[]): Promise<KeysOfMany> {
  if (principalIds.length === 0) return { identityLinks: [], sshKeys: [], apiKeys: [] }
  const where = oneOf('principal_id', principalIds)
  const include = { principal: true } as const
  const [links, ssh, keys] = await Promise.all([
    storage.find(identities, { where, orderBy: oldest, limit: 'all' }),
    storage.find(sshKeys, { where, include, orderBy: newest, limit: 'all' }),
    storage.find(apiKeys, { where, include, orderBy: newest, limit: 'all' }),
  ])
  return {
    identityLinks: links.map(toIdentityLink),
    sshKeys: ssh.map(toSshKeyView),
    apiKeys: keys.map(toApiKeyView),
  }
}

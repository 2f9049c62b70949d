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

/**
 * Reads the keys of several principals of a collection, and their accounts at providers, each in the order of its own list:
 * three statements. Nothing is joined and nothing is sorted by the database, so that each is a look-up by an index.
 */
export async function keysOfMany(
  storage: StorageOperations,
  collection: string,
  principalIds: readonly string[],
): Promise<KeysOfMany> {
  if (principalIds.length === 0) return { identityLinks: [], sshKeys: [], apiKeys: [] }
  const query = { where: oneOf('principal_id', principalIds), limit: 'all' } as const
  const principal = { collection }
  const [links, ssh, keys] = await Promise.all([
    storage.find(identities, query),
    storage.find(sshKeys, query),
    storage.find(apiKeys, query),
  ])
  return {
    identityLinks: links.map(toIdentityLink).sort(byAge),
    sshKeys: ssh.map((row) => toSshKeyView({ ...row, principal })).sort((left, right) => byAge(right, left)),
    apiKeys: keys.map((row) => toApiKeyView({ ...row, principal })).sort((left, right) => byAge(right, left)),
  }
}

interface Aged {
  readonly id: string
  readonly createdAt: number
}

/** The oldest first. */
const byAge = (left: Aged, right: Aged): number => left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1)

import { and, CardeaError, eq, isNull } from '@cardea/core'
import type { Clock, CreateId, RandomBytes } from '@cardea/core/crypto'
import { apiKeys, type Storage, type StorageOperations } from '@cardea/storage'
import { findPrincipal, lockPrincipal } from '../principal/principals.js'
import { type ApiKeyView, toApiKeyView } from './api-key-view.js'
import type { KeyFormat } from './key-format.js'

/** What a new key is to be. */
export interface NewApiKey {
  readonly principalId: string
  /** Up to 200 characters. Default: none. */
  readonly label?: string
  /** Permissions and wildcards it is limited to; null, the default, for all that its owner may. */
  readonly scopes?: readonly string[] | null
  /** When it ends, in milliseconds since 1970; null, the default, for never. */
  readonly expiresAt?: number | null
  /** The key that makes it: one that is revoked, expired or gone makes none. */
  readonly parentId?: string | null
  /** Who makes it, where that is not its owner. */
  readonly createdBy?: string | null
}

/** A key that was made. */
export interface CreatedApiKey {
  readonly apiKey: ApiKeyView
  /** The key itself. It is kept nowhere, so this is the one time to show it. */
  readonly key: string
}

export interface CreateApiKeyDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: RandomBytes
  readonly createId: CreateId
  readonly format: KeyFormat
  readonly maxPerPrincipal: number
}

/** What else belongs to a key that is made, in the same transaction. */
export type WriteAlong = (transaction: StorageOperations, apiKey: ApiKeyView) => Promise<void>

export async function createApiKey(
  deps: CreateApiKeyDeps,
  input: NewApiKey,
  along?: WriteAlong,
): Promise<CreatedApiKey> {
  const { storage, clock, random, createId, format, maxPerPrincipal } = deps
  const { principalId, label = '', scopes = null, expiresAt = null, parentId = null, createdBy = null } = input
  const id = createId()
  const now = clock()
  const { key, secretHash } = format.issue(id, random)
  const row = {
    id,
    principal_id: principalId,
    secret_hash: secretHash,
    label,
    scopes: scopes === null ? null : [...scopes],
    parent_id: parentId,
    created_by: createdBy,
    expires_at: expiresAt,
    revoked_at: null,
    last_used_at: null,
    last_used_ip: null,
    created_at: now,
  }
  const apiKey = await storage.transaction(async (transaction) => {
    // The lock comes first, so that of several at once each counts what the others have made.
    const locked = await lockPrincipal(transaction, principalId)
    const owner = locked ? await findPrincipal(transaction, principalId) : undefined
    if (owner === undefined) throw new CardeaError('not_found', 'There is no such principal.')
    if ((await transaction.count(apiKeys, eq('principal_id', principalId))) >= maxPerPrincipal) {
      throw new CardeaError(
        'conflict',
        `There can be ${maxPerPrincipal} API keys at most: delete those that are of no use any more.`,
      )
    }
    if (parentId !== null) {
      // Adding 0 holds the parent until the child is there, so that whoever revokes the parent finds it.
      const held = await transaction.update(apiKeys, {
        where: and(eq('id', parentId), isNull('revoked_at')),
        increment: { created_at: 0 },
      })
      if (held !== 1) throw new CardeaError('token_invalid', 'The API key that asks has been revoked.')
    }
    await transaction.insert(apiKeys, row)
    const view = toApiKeyView({ ...row, principal: owner })
    await along?.(transaction, view)
    return view
  })
  return { apiKey, key }
}

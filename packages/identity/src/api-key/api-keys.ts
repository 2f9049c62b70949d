import { CardeaError, eq, param } from '@cardea/core'
import type { Clock, CreateId, RandomBytes } from '@cardea/core/crypto'
import { apiKeys, type FindOneQuery, type FindQuery, type Storage, type StorageOperations } from '@cardea/storage'
import { loadOperations } from '../later/load-operations.js'
import { type ApiKeyView, toApiKeyView } from './api-key-view.js'
import type { CreatedApiKey, NewApiKey, WriteAlong } from './create-api-key.js'
import { createKeyFormat, type KeyFormat } from './key-format.js'
import { createNoteKeyUse, type NoteKeyUse } from './last-used.js'
import { type ApiKeyVerification, verifyApiKey } from './verify-api-key.js'

export interface ApiKeysDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: RandomBytes
  readonly createId: CreateId
  /** Takes work that may outlive the answer, and deals with its failure. */
  readonly background: (work: Promise<unknown>) => void
  /** What keys begin with: 2 to 16 letters and digits. Default `cardea`. */
  readonly prefix?: string
  /** How many keys a principal may have, revoked and expired ones included. Default 100. */
  readonly maxPerPrincipal?: number
}

/**
 * API keys of principals: for programs, each with a part of its owner's rights.
 *
 * A key looks like `cardea_<id>_<secret><checksum>`; of its 256-bit secret a SHA-256 is kept. It ends with its owner's being
 * disabled or deleted, with its expiry, and by being revoked or deleted, along with every key that was made with it. It does
 * not end with a change of password. Every method throws CardeaError `unavailable` when storage cannot be reached.
 */
export interface ApiKeys {
  /**
   * Makes a key. Who may make it with which scopes is for the caller to know.
   *
   * @param along Writes what belongs to it, in the same transaction, which may run again.
   * @throws CardeaError `not_found` for an unknown principal, `conflict` when it has as many as there can be,
   * `token_invalid` when the parent has been revoked.
   */
  create(input: NewApiKey, along?: WriteAlong): Promise<CreatedApiKey>

  /** Whether a text is meant as a key, whether it is one or not. */
  recognises(text: unknown): boolean

  /**
   * Finds who is behind a key, by one statement; by none for what cannot be a key.
   *
   * @param collections Whose principals are accepted.
   * @param ip Where the key came from, for the note of its last use.
   */
  verify(key: unknown, collections: readonly string[], ip?: string | null): Promise<ApiKeyVerification>

  /** The keys of a principal, the newest first; those too that have ended. */
  list(principalId: string): Promise<readonly ApiKeyView[]>

  find(id: string): Promise<ApiKeyView | undefined>

  /** Changes the label. @returns Whether there is such a key. */
  relabel(id: string, label: string): Promise<boolean>

  /**
   * Ends a key for good, and those made with it.
   *
   * @returns Whether there is such a key; it may have been revoked before.
   */
  revoke(id: string): Promise<boolean>

  /** Revokes a key and those made with it, and removes them. @returns Whether there was such a key. */
  delete(id: string): Promise<boolean>

  /**
   * Ends all keys of a principal, inside the transaction that takes it what it had.
   *
   * @returns How many were ended.
   */
  revokeAll(transaction: StorageOperations, principalId: string): Promise<number>

  /** The same service inside a transaction. The note of when a key was last used stays outside of it. */
  withStorage(storage: Storage): ApiKeys
}

export const defaultApiKeyPrefix = 'cardea'
const defaultMaximum = 100
const prefixForm = /^[A-Za-z0-9]{2,16}$/

const included = { principal: true } as const
const byId: FindOneQuery<typeof apiKeys, typeof included> = { where: eq('id', param('id')), include: included }
const ofPrincipal: FindQuery<typeof apiKeys, typeof included> = {
  include: included,
  where: eq('principal_id', param('principalId')),
  orderBy: [
    { field: 'created_at', direction: 'desc' },
    { field: 'id', direction: 'desc' },
  ],
  limit: 'all',
}

/**
 * Builds the service; no I/O, no timer.
 *
 * @throws CardeaError `configuration_invalid` for a prefix or a maximum that is none.
 */
export function createApiKeys(deps: ApiKeysDeps): ApiKeys {
  const { storage, background, prefix = defaultApiKeyPrefix, maxPerPrincipal = defaultMaximum } = deps
  if (!prefixForm.test(prefix)) {
    throw new CardeaError('configuration_invalid', 'apiKeys.prefix: must be 2 to 16 letters and digits')
  }
  if (!Number.isSafeInteger(maxPerPrincipal) || maxPerPrincipal < 1) {
    throw new CardeaError('configuration_invalid', 'apiKeys.maxPerPrincipal: must be a whole number of at least 1')
  }
  return bind({
    ...deps,
    maxPerPrincipal,
    format: createKeyFormat(prefix),
    noteUse: createNoteKeyUse(storage, background),
  })
}

interface Context extends Omit<ApiKeysDeps, 'prefix'> {
  readonly maxPerPrincipal: number
  readonly format: KeyFormat
  readonly noteUse: NoteKeyUse
}

function bind(context: Context): ApiKeys {
  const { storage, clock, format, noteUse } = context
  return {
    create: async (input, along) => await (await loadOperations()).createApiKey(context, input, along),
    recognises: (text) => format.recognises(text),
    verify: (key, collections, ip) =>
      verifyApiKey({ operations: storage, format, clock, noteUse }, key, collections, ip),
    list: async (principalId) => (await storage.find(apiKeys, ofPrincipal, { principalId })).map(toApiKeyView),
    find: async (id) => {
      const row = await storage.findOne(apiKeys, byId, { id })
      return row === undefined ? undefined : toApiKeyView(row)
    },
    relabel: async (id, label) => (await storage.update(apiKeys, { where: eq('id', id), set: { label } })) === 1,
    revoke: async (id) => await (await loadOperations()).revokeApiKey(context, id),
    delete: async (id) => await (await loadOperations()).deleteApiKey(context, id),
    revokeAll: async (transaction, principalId) =>
      await (await loadOperations()).revokeApiKeysOf(transaction, principalId, clock()),
    withStorage: (joined) => bind({ ...context, storage: joined }),
  }
}

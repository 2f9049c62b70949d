import { CardeaError, eq, isCardeaError, param } from '@cardea/core'
import type { Clock, CreateId } from '@cardea/core/crypto'
import {
  type FindOneQuery,
  type FindQuery,
  type RowOf,
  type Storage,
  type StorageOperations,
  sshKeys,
} from '@cardea/storage'
import { activeStatus } from '../principal/principal-state.js'
import { findPrincipal, lockPrincipal } from '../principal/principals.js'
import { parseFingerprint, type SshPublicKey } from './parse-ssh-public-key.js'

export interface SshKeysDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly createId: CreateId
  /** How many keys a principal may have. Default 100. */
  readonly maxPerPrincipal?: number
}

/** A public key of a principal. */
export interface SshKeyView {
  readonly id: string
  readonly principalId: string
  /** Whose principal the owner is. */
  readonly collection: string
  readonly label: string
  /** The algorithm, such as `ssh-ed25519`. */
  readonly type: string
  /** Type and key, without a comment: a line for `authorized_keys`. */
  readonly publicKey: string
  /** As `ssh-keygen -l` prints it: `SHA256:` and 43 characters. */
  readonly fingerprint: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/** An active principal, found by a key. */
export interface SshKeyOwner {
  readonly sshKey: SshKeyView
  readonly principal: { readonly id: string; readonly collection: string }
}

/** A key that was parsed, and whose it is to be. */
export interface NewSshKey {
  readonly principalId: string
  readonly key: SshPublicKey
  readonly label?: string
}

type WriteAlong = (transaction: StorageOperations, sshKey: SshKeyView) => Promise<void>

/** Public keys by which principals are found, as an app's SSH server does. Each belongs to one principal at most. */
export interface SshKeys {
  /**
   * Adds a key that was parsed.
   *
   * @param along Writes what belongs to it, in the same transaction, which may run again.
   * @throws CardeaError `not_found` for an unknown principal; `conflict` for a key that is in use, whoever's it is, and when
   * the principal has as many as there can be.
   */
  add(input: NewSshKey, along?: WriteAlong): Promise<SshKeyView>

  /**
   * Finds whose key it is, by one statement. That the other side has the private key is for the SSH server to have proved.
   *
   * @param fingerprint With or without `SHA256:`.
   * @returns Undefined for an unknown key and for one whose principal is disabled.
   */
  findByFingerprint(fingerprint: string): Promise<SshKeyOwner | undefined>

  /** The keys of a principal, the newest first. */
  list(principalId: string): Promise<readonly SshKeyView[]>

  find(id: string): Promise<SshKeyView | undefined>

  /** @returns Whether there was such a key. */
  delete(id: string): Promise<boolean>

  /** The same service inside a transaction. */
  withStorage(storage: Storage): SshKeys
}

const defaultMaximum = 100

const included = { principal: true } as const
const byId: FindOneQuery<typeof sshKeys, typeof included> = { where: eq('id', param('id')), include: included }
const byFingerprint: FindOneQuery<typeof sshKeys, typeof included> = {
  where: eq('fingerprint', param('fingerprint')),
  include: included,
}
const ofPrincipal: FindQuery<typeof sshKeys, typeof included> = {
  include: included,
  where: eq('principal_id', param('principalId')),
  orderBy: [
    { field: 'created_at', direction: 'desc' },
    { field: 'id', direction: 'desc' },
  ],
  limit: 'all',
}

/** Builds the service; no I/O, no timer. @throws CardeaError `configuration_invalid` for a maximum that is none. */
export function createSshKeys(deps: SshKeysDeps): SshKeys {
  const { storage, maxPerPrincipal = defaultMaximum } = deps
  if (!Number.isSafeInteger(maxPerPrincipal) || maxPerPrincipal < 1) {
    throw new CardeaError('configuration_invalid', 'sshKeys.maxPerPrincipal: must be a whole number of at least 1')
  }
  return {
    add: (input, along) => add({ ...deps, maxPerPrincipal }, input, along),
    findByFingerprint: async (text) => {
      const fingerprint = parseFingerprint(text)
      if (fingerprint === undefined) return undefined
      const row = await storage.findOne(sshKeys, byFingerprint, { fingerprint })
      if (row?.principal.status !== activeStatus) return undefined
      return { sshKey: toSshKeyView(row), principal: { id: row.principal.id, collection: row.principal.collection } }
    },
    list: async (principalId) => (await storage.find(sshKeys, ofPrincipal, { principalId })).map(toSshKeyView),
    find: async (id) => {
      const row = await storage.findOne(sshKeys, byId, { id })
      return row === undefined ? undefined : toSshKeyView(row)
    },
    delete: async (id) => (await storage.delete(sshKeys, eq('id', id))) === 1,
    withStorage: (joined) => createSshKeys({ ...deps, storage: joined }),
  }
}

async function add(
  { storage, clock, createId, maxPerPrincipal }: Required<SshKeysDeps>,
  { principalId, key, label = '' }: NewSshKey,
  along: WriteAlong | undefined,
): Promise<SshKeyView> {
  const row = {
    id: createId(),
    principal_id: principalId,
    label,
    type: key.type,
    public_key: key.publicKey,
    fingerprint: key.fingerprint,
    created_at: clock(),
  }
  try {
    return await storage.transaction(async (transaction) => {
      // The lock comes first, so that of several at once each counts what the others have added.
      const locked = await lockPrincipal(transaction, principalId)
      const owner = locked ? await findPrincipal(transaction, principalId) : undefined
      if (owner === undefined) throw new CardeaError('not_found', 'There is no such principal.')
      if ((await transaction.count(sshKeys, eq('principal_id', principalId))) >= maxPerPrincipal) {
        throw new CardeaError('conflict', `There can be ${maxPerPrincipal} SSH keys at most: delete one first.`)
      }
      await transaction.insert(sshKeys, row)
      const view = toSshKeyView({ ...row, principal: owner })
      await along?.(transaction, view)
      return view
    })
  } catch (error) {
    if (!isCardeaError(error, 'unique_violation')) throw error
    throw new CardeaError('conflict', 'The SSH key is in use already.', { cause: error })
  }
}

export const toSshKeyView = (
  row: RowOf<typeof sshKeys> & { readonly principal: { readonly collection: string } },
): SshKeyView => ({
  id: row.id,
  principalId: row.principal_id,
  collection: row.principal.collection,
  label: row.label,
  type: row.type,
  publicKey: row.public_key,
  fingerprint: `SHA256:${row.fingerprint}`,
  createdAt: row.created_at,
})

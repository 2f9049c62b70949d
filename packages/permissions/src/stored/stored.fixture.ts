import { eq } from '@cardea/core'
import { createUuidV7, type RandomBytes } from '@cardea/core/crypto'
import { authz, principals, type Storage, type StorageOperations, systemTables } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { definePermissions } from '../catalogue/define-permissions.js'
import { own } from '../condition/own.js'
import { defineRoles } from '../roles/define-roles.js'
import type { PolicyStorage, StoredPolicyDeps } from './context.js'
import { createStoredPolicy } from './create-stored-policy.js'
import type { SeenVersions } from './versions.js'

export const catalogue = definePermissions(
  { content: ['read', 'update', 'publish'], users: ['read', 'delete'] },
  { descriptions: { 'content:read': 'See content' } },
)

export const roles = defineRoles(catalogue, {
  admin: { bypass: true, protected: true },
  viewer: { permissions: ['content:read'], protected: true },
  editor: {
    description: 'Edits',
    permissions: ['*:update', { permission: 'content:publish', when: own('author_id') }],
    deny: ['users:delete'],
    inherits: ['viewer'],
  },
})

/** A database with its own clock and a list of the statements it ran. */
export async function createDatabase() {
  const statements: string[] = []
  const time = { now: 1_700_000_000_000 }
  let drawn = 0
  const random: RandomBytes = (length) => {
    drawn += 1
    return new Uint8Array(length).map((_, index) => (drawn >>> ((index % 4) * 8)) & 0xff)
  }
  const clock = () => time.now
  const storage: Storage = createMemoryStorage({
    clock,
    log: ({ kind, sql }) => {
      if (kind === 'statement') statements.push(sql)
    },
  })
  await storage.migrate(systemTables)
  const createId = createUuidV7(clock, random)

  return {
    storage,
    time,
    clock,
    createId,
    /** One node: a policy over the database, with memory of its own. */
    node: (overrides: Partial<StoredPolicyDeps<(typeof catalogue)['permissions'][number]>> = {}) =>
      createStoredPolicy({ storage, clock, createId, catalogue, roles, ...overrides }),
    /** Makes a principal and returns its id. */
    addPrincipal: async (id = createId(), collection = 'users'): Promise<string> => {
      const row = { id, collection, record_key: id, status: 'active', created_at: time.now }
      await storage.insert(principals, row)
      return id
    },
    /** What a request reads of the versions, outside of what is counted. */
    seen: async (principalId: string): Promise<SeenVersions> => {
      const before = statements.length
      const principal = await storage.findOne(principals, { where: eq('id', principalId) })
      const policy = await storage.findOne(authz, { where: eq('id', 'authz') })
      statements.length = before
      return { authzVersion: principal?.authz_version ?? 0, policyVersion: policy?.policy_version ?? 0 }
    },
    /** The statements that work runs. */
    statementsOf: async (work: () => Promise<unknown>): Promise<readonly string[]> => {
      const before = statements.length
      await work()
      return statements.slice(before)
    },
  }
}

/** The same storage, where something happens before some reads: what another node does in between. */
export function interleaved(
  storage: PolicyStorage,
  before: (table: string) => Promise<unknown> | undefined,
): PolicyStorage {
  return {
    ...storage,
    find: async (table, query, params) => {
      await before(table.name)
      return await storage.find(table, query, params)
    },
    findOne: async (table, query, params) => {
      await before(table.name)
      return await storage.findOne(table, query, params)
    },
  }
}

/** Runs work in a transaction, without its result. */
export const inTransaction = async (
  storage: PolicyStorage,
  work: (transaction: StorageOperations) => Promise<unknown>,
): Promise<void> => {
  await storage.transaction(async (transaction) => {
    await work(transaction)
  })
}

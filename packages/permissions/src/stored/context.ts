import type { Clock, CreateId } from '@cardea/core/crypto'
import type { Storage, StorageOperations } from '@cardea/storage'
import type { Catalogue } from '../catalogue/define-permissions.js'
import type { Roles } from '../roles/define-roles.js'

/** Where a policy is stored. */
export type PolicyStorage = StorageOperations & Pick<Storage, 'transaction'>

/** Where a stored policy reports to. */
export interface PolicyLogger {
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** What a stored policy works with. */
export interface StoredPolicyDeps<P extends string = string> {
  readonly storage: PolicyStorage
  readonly clock: Clock
  readonly createId: CreateId
  /** The permissions that code asks for. */
  readonly catalogue: Catalogue<P>
  /** The roles that code declares, all of their permissions in the catalogue. */
  readonly roles: Roles
  /** Default: reports nothing. */
  readonly logger?: PolicyLogger
  /**
   * How many principals' subjects are kept in memory, for all tenants together, the least recently used leaving first.
   * Default: 10,000.
   */
  readonly maxCachedSubjects?: number
  /** How many tenants' own roles are kept in memory, the least recently used leaving first. Default: 1,000. */
  readonly maxCachedTenants?: number
  /** The field that holds an object's id, by resource, where that is not `id`. */
  readonly idFields?: Readonly<Record<string, string>>
}

import type { AuthCollection, AuthSettings, CollectionRow, InheritedSettings, Records } from '@cardea/collections'
import type { Clock, CreateId, Keyring, RandomBytes } from '@cardea/core/crypto'
import type { ApiKeys, Devices, Factors, Passwords, SshKeys, Throttle, Verifications } from '@cardea/identity'
import type { StoredPolicy } from '@cardea/permissions/stored'
import type { SessionDelivery, Sessions } from '@cardea/sessions'
import type { Storage } from '@cardea/storage'
import type { OAuthService } from '../accounts/oauth/oauth-service.js'
import type { AuditLog } from '../audit/audit-log.js'
import type { RequestContext } from '../audit/request-context.js'
import { type CollectionStore, frozenStore } from '../collections/collection-store.js'
import type { HookRunner } from '../hooks/run-hooks.js'
import type { Mail } from '../mail/mail.js'
import type { OwnershipOption } from '../options/ownership.js'
import type { ResolvedConfig } from '../options/resolve.js'
import { announcePolicy } from './announced-policy.js'
import type { Changes } from './changes.js'
import type { DeclaredPolicy } from './declared-policy.js'
import type { Emit } from './events.js'
import type { Needs } from './needs.js'
import { type RememberedSubjects, unrememberedSubjects } from './remembered-subjects.js'

/** What every operation works with. There is one set for the storage, and one for each transaction of the app. */
export interface Services {
  readonly config: ResolvedConfig
  readonly clock: Clock
  readonly random: RandomBytes
  readonly createId: CreateId
  readonly keyring: Keyring
  readonly collections: CollectionStore
  /** Goes before the names of collections in those of their tables. */
  readonly tablePrefix: string | undefined
  /** What code declares of permissions and roles. */
  readonly declared: DeclaredPolicy
  /** What routes and code have said that they need of permissions. */
  readonly needs: Needs
  readonly delivery: SessionDelivery
  readonly defaultRole: string | undefined
  /** Tables whose rows belong to users. */
  readonly ownership: readonly OwnershipOption[]
  /** How long somebody may act as another principal. */
  readonly impersonationSeconds: number
  readonly passwords: Passwords
  readonly storage: Storage
  readonly records: Records
  /** The settings of a collection, as they are in force. */
  readonly settings: (collection: AuthCollection) => AuthSettings
  /** Whether the sign-in rule of a collection lets a record sign in. */
  readonly admits: (collection: AuthCollection, record: CollectionRow) => Promise<boolean>
  /** What the options say that all collections inherit. */
  readonly optionSettings: InheritedSettings
  readonly verifications: Verifications
  readonly throttle: Throttle
  readonly devices: Devices
  readonly factors: Factors
  readonly hooks: HookRunner
  readonly sessions: Sessions
  readonly apiKeys: ApiKeys
  readonly sshKeys: SshKeys
  readonly policy: StoredPolicy<string>
  /** For requests that carry no versions. */
  readonly subjects: RememberedSubjects
  /** What other nodes are told, and what they tell. */
  readonly changes: Changes
  readonly emit: Emit
  readonly audit: AuditLog
  /** The request that code runs for. */
  readonly context: RequestContext
  readonly mail: Mail
  readonly oauth: OAuthService
  /** Work that an answer does not wait for; inside the app's transaction there is none. */
  readonly later: (work: () => Promise<unknown>) => void
  /** Whether these are inside a transaction of the app. */
  readonly inTransaction?: boolean
}

/**
 * The same services inside a transaction of the app: over its storage, with caches of their own, so that what may be
 * rolled back is seen by nobody else.
 */
export function joinServices(services: Services, transaction: unknown, emit: Emit): Services {
  const storage = services.storage.join(transaction)
  const policy = announcePolicy(services.policy.within(storage), services.changes)
  return {
    ...services,
    storage,
    collections: frozenStore(services.collections),
    sessions: services.sessions.withOperations(storage),
    apiKeys: services.apiKeys.withStorage(storage),
    sshKeys: services.sshKeys.withStorage(storage),
    policy,
    subjects: unrememberedSubjects(policy),
    emit,
    later: () => undefined,
    inTransaction: true,
  }
}

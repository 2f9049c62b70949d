import type { Clock, CreateId, RandomBytes } from '@cardea/core/crypto'
import type { StorageOperations } from '@cardea/storage'
import type { SessionEvent } from '../events.js'
import type { SessionLifetimes } from '../lifetimes.js'
import type { AccessTokens } from '../token/access-tokens.js'
import type { RefreshTokens } from '../token/refresh-tokens.js'
import type { NoteUse } from './last-used.js'

/** What the operations on sessions share. */
export interface SessionContext {
  readonly operations: StorageOperations
  readonly clock: Clock
  readonly random: RandomBytes
  readonly createId: CreateId
  readonly lifetimes: SessionLifetimes
  readonly mode: 'strict' | 'stateless'
  readonly accessTokens: AccessTokens
  readonly refreshTokens: RefreshTokens
  readonly noteUse: NoteUse
  readonly report: (event: SessionEvent) => void
}

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
  /** Runs work all or nothing: in a transaction of its own, or in the one that there is. */
  readonly transact: <Result>(work: (transaction: StorageOperations) => Promise<Result>) => Promise<Result>
  /** How many sessions a principal has at most; undefined for any number. */
  readonly maxPerPrincipal: number | undefined
  readonly clock: Clock
  readonly random: RandomBytes
  readonly createId: CreateId
  /** How long sessions of a collection live, and their tokens. */
  readonly lifetimesOf: (collection: string) => SessionLifetimes
  readonly mode: 'strict' | 'stateless'
  readonly accessTokens: AccessTokens
  readonly refreshTokens: RefreshTokens
  readonly noteUse: NoteUse
  readonly report: (event: SessionEvent) => void
}

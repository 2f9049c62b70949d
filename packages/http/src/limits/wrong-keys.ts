import { type CardeaError, isCardeaError, RecentMap } from '@cardea/core'
import { type Clock, sha256 } from '@cardea/core/crypto'
import type { RateLimitStore } from '@cardea/core/limits'
import type { AuthenticationResult } from 'cardea'
import { networkOf } from './buckets.js'
import type { RateLimits } from './rate-limits.js'

/** The most networks that are remembered to have shown too many wrong keys. */
const mostNetworks = 50_000

/** The most keys that are remembered to have been right. */
const mostRight = 10_000

/** Slows down whoever tries API keys. A key that is right costs nothing but a look into this process's memory. */
export interface WrongKeys {
  /**
   * Looks a key up, and counts it for the network when it is none.
   *
   * @throws CardeaError `rate_limited`, before anything is looked up, once there were too many. A key that was right before is
   * looked up all the same: whoever shares a network with somebody who guesses must not be shut out by that.
   */
  verify(address: string | null, key: string, look: () => Promise<AuthenticationResult>): Promise<AuthenticationResult>
}

interface Blocked {
  readonly error: CardeaError
  readonly until: number
}

interface Learned {
  readonly blocked: RecentMap<string, Blocked>
  /** Hashes of keys, so that none is kept in memory. */
  readonly right: RecentMap<string, true>
}

/** What the handler and the guards that count together have learned. */
const learnedOf = new WeakMap<RateLimitStore, Learned>()

/** @param store What `limits` count with. */
export function createWrongKeys(limits: RateLimits, store: RateLimitStore, clock: Clock): WrongKeys {
  const learned = learnedOf.get(store) ?? { blocked: new RecentMap(mostNetworks), right: new RecentMap(mostRight) }
  learnedOf.set(store, learned)
  const { blocked, right } = learned
  return {
    async verify(address, key, look) {
      const network = networkOf(address)
      const hash = sha256(key)
      const known = blocked.get(network)
      if (known !== undefined) {
        const isOver = clock() >= known.until
        if (!isOver && right.get(hash) === undefined) throw known.error
        if (isOver) blocked.delete(network)
      }
      const result = await look()
      if (result.authenticated) {
        right.set(hash, true)
        return result
      }
      right.delete(hash)
      try {
        await limits.take('api-key', address)
      } catch (error) {
        if (!isCardeaError(error, 'rate_limited')) throw error
        blocked.set(network, { error, until: clock() + (error.retryAfterSeconds ?? 1) * 1_000 })
        throw error
      }
      return result
    },
  }
}

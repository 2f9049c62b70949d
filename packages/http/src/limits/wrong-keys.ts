import { type CardeaError, isCardeaError, RecentMap } from '@cardea/core'
import type { Clock } from '@cardea/core/crypto'
import type { RateLimitStore } from '@cardea/core/limits'
import type { AuthenticationResult } from 'cardea'
import { networkOf } from './buckets.js'
import type { RateLimits } from './rate-limits.js'

/** The most networks that are remembered to have shown too many wrong keys. */
const mostNetworks = 50_000

/** Slows down whoever tries API keys. A key that is right costs nothing but a look into this process's memory. */
export interface WrongKeys {
  /**
   * Looks a key up, and counts it for the network when it is none.
   *
   * @throws CardeaError `rate_limited`, before anything is looked up, once there were too many.
   */
  verify(address: string | null, look: () => Promise<AuthenticationResult>): Promise<AuthenticationResult>
}

interface Blocked {
  readonly error: CardeaError
  readonly until: number
}

/** What the handler and the guards that count together have learned. */
const blockedOf = new WeakMap<RateLimitStore, RecentMap<string, Blocked>>()

/** @param store What `limits` count with. */
export function createWrongKeys(limits: RateLimits, store: RateLimitStore, clock: Clock): WrongKeys {
  const blocked = blockedOf.get(store) ?? new RecentMap<string, Blocked>(mostNetworks)
  blockedOf.set(store, blocked)
  return {
    async verify(address, look) {
      const network = networkOf(address)
      const known = blocked.get(network)
      if (known !== undefined) {
        if (clock() < known.until) throw known.error
        blocked.delete(network)
      }
      const result = await look()
      if (result.authenticated) return result
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

import { and, eq, gt, lt, lte, oneOf, param } from '@cardea/core'
import { type Clock, hmacSha256, type Keyring } from '@cardea/core/crypto'
import { type FindOneQuery, limits, type StorageOperations } from '@cardea/storage'

/** How often something may be done, on average and at once. */
export interface Budget {
  readonly limit: number
  readonly periodSeconds: number
  /** How many at once after a pause. Default: as many as in one period. */
  readonly burst?: number
}

/** How guesses are slowed down: a few are free, then each has to wait twice as long as the one before. */
export interface GuessPolicy {
  readonly free: number
  readonly firstDelaySeconds: number
  readonly longestDelaySeconds: number
  /** After how long without a wrong one they are forgotten, longer than any delay. Default: a day. */
  readonly rememberedSeconds?: number
}

/** Names what is counted, such as `['password', collection, kind, key, network]`. */
export type ThrottleKey = readonly [kind: string, ...parts: readonly string[]]

/**
 * Counters in the database, exact over all nodes. Their keys are HMACs, so the table names nobody.
 *
 * Every method throws CardeaError `unavailable` when storage cannot be reached.
 */
export interface Throttle {
  /**
   * Takes one from a budget: of n at once, no more get one than are left. One statement mostly, never more than three.
   *
   * @see ITU-T I.371 (generic cell rate algorithm)
   */
  take(storage: StorageOperations, key: ThrottleKey, budget: Budget): Promise<boolean>

  /**
   * Whether guesses have to wait, and how many were wrong; one statement. Asked after the guess was looked at, so that of
   * many at once those count that came to an end before.
   */
  look(storage: StorageOperations, key: ThrottleKey): Promise<{ readonly blocked: boolean; readonly failures: number }>

  /**
   * Counts a wrong guess, and makes the next ones wait once the free ones are used up. Two statements, or three.
   *
   * @see NIST SP 800-63B-4 §3.2.2
   */
  fail(storage: StorageOperations, key: ThrottleKey, policy: GuessPolicy): Promise<void>

  /**
   * Writes what is kept of a key once more, without counting anything; one statement. What is done for an account that there
   * is not has to take as long as what is done for one.
   */
  touch(storage: StorageOperations, key: ThrottleKey): Promise<void>

  /** Forgets the guesses of keys, after a right one, and what was taken from their budgets. One statement. */
  forgive(storage: StorageOperations, keys: readonly ThrottleKey[]): Promise<void>
}

const daySeconds = 86_400

const byKey: FindOneQuery<typeof limits> = { where: eq('key', param('key')) }

export function createThrottle({ clock, keyring }: { readonly clock: Clock; readonly keyring: Keyring }): Throttle {
  const nameOf = ([kind, ...parts]: ThrottleKey): string =>
    `${kind}:${hmacSha256(keyring.current('account-key').bytes, JSON.stringify([kind, ...parts]))}`

  return {
    take: async (storage, key, { limit, periodSeconds, burst = limit }) => {
      const name = nameOf(key)
      const now = clock()
      const interval = Math.ceil((periodSeconds * 1_000) / limit)
      const first = now + interval
      const begin = async (): Promise<boolean> => {
        const written = await storage.insert(
          limits,
          { key: name, arrival: first, expires_at: first },
          {
            onConflict: {
              key: 'primary',
              do: { set: { arrival: first, expires_at: first } },
              where: lte('arrival', now),
            },
          },
        )
        return written === 1
      }
      if (await begin()) return true
      const changed = await storage.update(limits, {
        where: and(eq('key', name), gt('arrival', now), lte('arrival', now + interval * (burst - 1))),
        increment: { arrival: interval, expires_at: interval },
      })
      // Forgiven between the two statements, it would look as if there were nothing left.
      return changed === 1 || (await begin())
    },

    look: async (storage, key) => {
      const row = await storage.findOne(limits, byKey, { key: nameOf(key) })
      return row === undefined
        ? { blocked: false, failures: 0 }
        : { blocked: row.blocked_until > clock(), failures: row.count }
    },

    fail: async (storage, key, policy) => {
      const name = nameOf(key)
      const now = clock()
      const expiresAt = now + (policy.rememberedSeconds ?? daySeconds) * 1_000
      await storage.insert(
        limits,
        { key: name, count: 1, expires_at: expiresAt },
        { onConflict: { key: 'primary', do: { increment: { count: 1 }, set: { expires_at: expiresAt } } } },
      )
      const row = await storage.findOne(limits, byKey, { key: name })
      if (row === undefined || row.count < policy.free) return
      const delay = Math.min(
        policy.longestDelaySeconds,
        policy.firstDelaySeconds * 2 ** Math.min(30, row.count - policy.free),
      )
      const blockedUntil = now + delay * 1_000
      // Of several at once, the longest delay stands.
      await storage.update(limits, {
        where: and(eq('key', name), lt('blocked_until', blockedUntil)),
        set: { blocked_until: blockedUntil },
      })
    },

    touch: async (storage, key) => {
      // A millisecond more: databases do not write what is the same as before.
      await storage.update(limits, { where: eq('key', nameOf(key)), increment: { expires_at: 1 } })
    },

    forgive: async (storage, keys) => {
      await storage.update(limits, {
        where: oneOf('key', keys.map(nameOf)),
        set: { count: 0, blocked_until: 0, arrival: 0, expires_at: clock() },
      })
    },
  }
}

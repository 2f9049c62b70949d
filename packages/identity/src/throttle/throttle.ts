import { and, eq, gt, lt, lte, matches, oneOf } from '@cardea/core'
import { type Clock, hmacSha256, type Keyring } from '@cardea/core/crypto'
import { limits, type StorageOperations } from '@cardea/storage'

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
   * Counts a guess before it is looked at: of n at once, no more pass than are free, and after those one for each delay.
   * One statement while guesses are free.
   *
   * @see NIST SP 800-63B-4 §3.2.2
   */
  guess(storage: StorageOperations, key: ThrottleKey, policy: GuessPolicy): Promise<boolean>

  /** Forgets the guesses of keys, after a right one. One statement. */
  forgive(storage: StorageOperations, keys: readonly ThrottleKey[]): Promise<void>
}

/** Counted guesses are forgotten a day after the last, which is longer than any delay. */
const guessLifetimeMilliseconds = 86_400_000

/** How often a guess is tried again because another came in between. Beyond that it is one of a flood, and refused. */
const mostRounds = 3

export function createThrottle({ clock, keyring }: { readonly clock: Clock; readonly keyring: Keyring }): Throttle {
  const nameOf = ([kind, ...parts]: ThrottleKey): string =>
    `${kind}:${hmacSha256(keyring.current('account-key').bytes, JSON.stringify([kind, ...parts]))}`

  /** What the upsert did not settle: the free guesses are used up, or the row is one of long ago. */
  const guessSlowly = async (storage: StorageOperations, name: string, policy: GuessPolicy): Promise<boolean> => {
    for (let round = 0; round < mostRounds; round += 1) {
      const now = clock()
      const row = await storage.findOne(limits, { where: eq('key', name) })
      if (row === undefined) return false
      const isOver = row.expires_at <= now
      if (!isOver && row.blocked_until > now) return false
      const count = isOver ? 1 : row.count + 1
      const delay = Math.min(
        policy.longestDelaySeconds,
        policy.firstDelaySeconds * 2 ** Math.min(30, Math.max(0, count - policy.free)),
      )
      const won = await storage.update(limits, {
        where: matches({ key: name, count: row.count, blocked_until: row.blocked_until, expires_at: row.expires_at }),
        set: {
          count,
          blocked_until: count >= policy.free ? now + delay * 1_000 : 0,
          // Each change is another value, so that of several at the same instant one is the first.
          expires_at: Math.max(now + guessLifetimeMilliseconds, row.expires_at + 1),
        },
      })
      if (won === 1) return true
    }
    return false
  }

  return {
    take: async (storage, key, { limit, periodSeconds, burst = limit }) => {
      const name = nameOf(key)
      const now = clock()
      const interval = Math.ceil((periodSeconds * 1_000) / limit)
      const first = now + interval
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
      if (written === 1) return true
      const changed = await storage.update(limits, {
        where: and(eq('key', name), gt('arrival', now), lte('arrival', now + interval * (burst - 1))),
        increment: { arrival: interval, expires_at: interval },
      })
      return changed === 1
    },

    guess: async (storage, key, policy) => {
      const name = nameOf(key)
      const now = clock()
      const written = await storage.insert(
        limits,
        { key: name, count: 1, expires_at: now + guessLifetimeMilliseconds },
        {
          onConflict: {
            key: 'primary',
            // The last free guess begins the first delay, which takes more than counting.
            do: { increment: { count: 1 } },
            where: and(lt('count', policy.free - 1), gt('expires_at', now)),
          },
        },
      )
      return written === 1 || (await guessSlowly(storage, name, policy))
    },

    forgive: async (storage, keys) => {
      await storage.update(limits, {
        where: oneOf('key', keys.map(nameOf)),
        set: { count: 0, blocked_until: 0 },
      })
    },
  }
}

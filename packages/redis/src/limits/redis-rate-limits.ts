import {
  createMemoryRateLimitStore,
  type RateLimitBucket,
  type RateLimitDecision,
  type RateLimitRule,
  type RateLimitStore,
} from '@cardea/core/limits'
import { type RedisClient, surviveErrors } from '../clients.js'
import { type RedisLogger, safely } from '../logger.js'
import { assertKnown, assertMethods, assertName, assertWhole, refuser } from '../options.js'
import { type RedisTimers, systemTimers } from '../timers.js'
import { createBreaker } from './breaker.js'
import { scriptRunner } from './run-script.js'
import { gcraScripts } from './scripts.js'
import { withinTime } from './within-time.js'

/** Options of `redisRateLimits`. */
export interface RedisRateLimitOptions {
  /** What names of keys begin with: up to 64 letters, digits and `: . - _ /`. Default `cardea:`. */
  readonly prefix?: string
  /** How long an answer is waited for, in milliseconds, 1 to 10,000. Default 100. */
  readonly timeoutMilliseconds?: number
  /**
   * How many nodes the app runs on, 1 to 1,000: while Redis cannot be used, each lets through this part of a limit. More than
   * there are is stricter than need be, fewer is laxer. Default 4.
   */
  readonly nodes?: number
  /** Told once when Redis cannot be used, and once when it can again. Default: the console. */
  readonly logger?: RedisLogger
  /** For tests. */
  readonly timers?: RedisTimers
}

/** A store that always says how it is. */
export interface RedisRateLimits extends RateLimitStore {
  take(buckets: readonly RateLimitBucket[], now: number): Promise<readonly RateLimitDecision[]>
  giveBack(buckets: readonly RateLimitBucket[], now: number): Promise<void>
  /** `degraded` while Redis cannot be used and this process counts by itself, more strictly. */
  status(): 'ok' | 'degraded'
}

const optionNames = ['prefix', 'timeoutMilliseconds', 'nodes', 'logger', 'timers']

const refuse = refuser('redisRateLimits')

const { take, giveBack } = gcraScripts()

/**
 * Keeps rate limits in Redis, for all nodes together: exactly, by the clock of Redis, in one round trip a request.
 *
 * Redis is never needed. When it is away, slow, full, read-only or refuses for any other reason, the process counts by itself,
 * with a share of the limits, and looks every second whether Redis is back. A request waits once for at most
 * `timeoutMilliseconds`, and none does after that. No call ever rejects.
 *
 * @param client A client of `redis` or `ioredis`, which the app connects and closes. Its queue for commands should be off
 * (`disableOfflineQueue: true`, `enableOfflineQueue: false`), so that it says at once when it has no connection.
 * @throws CardeaError `configuration_invalid`
 */
export function redisRateLimits(client: RedisClient, options: RedisRateLimitOptions = {}): RedisRateLimits {
  const { prefix, timeoutMilliseconds, nodes, logger, timers } = readOptions(client, options)
  surviveErrors(client)
  const run = scriptRunner(client)
  const local = createMemoryRateLimitStore()
  // One hash tag for all, so that a cluster keeps what one script touches in one place.
  const keyOf = (key: string): string => `${prefix}{limits}:${key}`
  const breaker = createBreaker({
    // It writes, as requests do: a server that can only be read is of no use.
    attempt: () => run(take, [keyOf('attempt')], valuesOf({ limit: 1_000, periodSeconds: 1, burst: 1_000 })),
    patienceMilliseconds: timeoutMilliseconds,
    timers,
    onChange: (error) =>
      safely(() =>
        error === undefined
          ? logger.info('Redis can be used again: rate limits are those of all nodes together.')
          : logger.warn('Redis cannot be used: this process counts by itself, with a share of the rate limits.', {
              error,
            }),
      ),
  })
  const ask = (script: typeof take, buckets: readonly RateLimitBucket[]): Promise<unknown> => {
    const keys = buckets.map(({ key }) => keyOf(key))
    const values = buckets.flatMap(({ rule }) => valuesOf(rule))
    return withinTime(run(script, keys, values), timeoutMilliseconds, timers)
  }
  const share = (buckets: readonly RateLimitBucket[]): readonly RateLimitBucket[] =>
    buckets.map(({ key, rule }) => ({ key, rule: shareOf(rule, nodes) }))

  return Object.freeze<RedisRateLimits>({
    async take(buckets, now) {
      if (breaker.isOpen) return await local.take(share(buckets), now)
      try {
        return readReply(await ask(take, buckets), buckets.length)
      } catch (error) {
        breaker.trip(error)
        return await local.take(share(buckets), now)
      }
    },
    // Where the state has changed since the request was counted, it is a key of another store that gets one back: never more
    // than what a new key has.
    async giveBack(buckets, now) {
      if (breaker.isOpen) return await local.giveBack(share(buckets), now)
      await ask(giveBack, buckets).catch(breaker.trip)
    },
    status: () => (breaker.isOpen ? 'degraded' : 'ok'),
  })
}

/** As `stepGcra` of core counts: milliseconds for one request, and for a full burst. */
function valuesOf({ limit, periodSeconds, burst }: RateLimitRule): readonly [string, string] {
  const interval = (periodSeconds * 1_000) / limit
  return [String(interval), String(interval * burst)]
}

/** What one of several nodes lets through by itself; at least one request at once. */
function shareOf({ limit, periodSeconds, burst }: RateLimitRule, nodes: number): RateLimitRule {
  return { limit: limit / nodes, periodSeconds, burst: Math.max(1, Math.floor(burst / nodes)) }
}

/** @throws Error for whatever our script does not say. */
function readReply(reply: unknown, count: number): readonly RateLimitDecision[] {
  const numbers = Array.isArray(reply) ? reply.map(Number) : []
  if (numbers.length !== count * 3 || !numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) {
    throw new Error('the script was answered with something else')
  }
  return Array.from({ length: count }, (_, index) => {
    const [allowed, remaining = 0, retryAfterMilliseconds = 0] = numbers.slice(index * 3, index * 3 + 3)
    return { allowed: allowed === 1, remaining, retryAfterMilliseconds }
  })
}

function readOptions(client: RedisClient, options: RedisRateLimitOptions): Required<RedisRateLimitOptions> {
  assertMethods(client, { option: 'client', methods: ['eval', 'on'] }, refuse)
  if (!('evalSha' in client) && !('evalsha' in client)) throw refuse('client', 'must be one of redis or ioredis')
  assertKnown(options, optionNames, refuse)
  const read = {
    prefix: 'cardea:',
    timeoutMilliseconds: 100,
    nodes: 4,
    logger: console,
    timers: systemTimers,
    ...options,
  }
  assertName(read.prefix, 'prefix', refuse)
  assertWhole(read.timeoutMilliseconds, { option: 'timeoutMilliseconds', from: 1, to: 10_000 }, refuse)
  assertWhole(read.nodes, { option: 'nodes', from: 1, to: 1_000 }, refuse)
  assertMethods(read.logger, { option: 'logger', methods: ['info', 'warn'] }, refuse)
  assertMethods(read.timers, { option: 'timers', methods: ['after'] }, refuse)
  return read
}

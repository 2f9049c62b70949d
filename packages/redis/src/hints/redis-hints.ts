import { secureRandom } from '@cardea/core/crypto'
import { type ChangeHints, createHints } from '@cardea/core/hints'
import { type RedisPublisher, surviveErrors } from '../clients.js'
import { assertKnown, assertMethods, assertName, refuser } from '../options.js'
import { type RedisTimers, systemTimers } from '../timers.js'
import { subscribeTo } from './subscription.js'

/** Options of `redisHints`. */
export interface RedisHintOptions {
  /** The channel that all nodes of an app share: up to 64 letters, digits and `: . - _ /`. Default `cardea:hints`. */
  readonly channel?: string
  /** For tests. */
  readonly timers?: RedisTimers
}

/** Hints by way of Redis. */
export interface RedisHints extends ChangeHints {
  /** Ends all subscriptions and their connection; what is published afterwards reaches the other nodes as before. */
  close(): void
}

const refuse = refuser('redisHints')

/**
 * Tells other nodes by PUBLISH what has changed, and hears it from them on a connection of its own, made by
 * `client.duplicate()` with the first subscription and closed with the last.
 *
 * A hint that is lost is made up for: whenever the connection is there (again), everything counts as changed.
 *
 * @param client A client of `redis` or `ioredis`, which the app connects and closes.
 * @throws CardeaError `configuration_invalid`
 */
export function redisHints(client: RedisPublisher, options: RedisHintOptions = {}): RedisHints {
  const { channel, timers } = readOptions(client, options)
  surviveErrors(client)
  return createHints(
    {
      send: (message) => client.publish(channel, message),
      listen: ({ onMessage, onListening }) => subscribeTo({ client, channel, timers, onMessage, onListening }),
    },
    Buffer.from(secureRandom(8)).toString('hex'),
  )
}

function readOptions(client: RedisPublisher, options: RedisHintOptions): Required<RedisHintOptions> {
  assertMethods(client, { option: 'client', methods: ['publish', 'duplicate', 'on'] }, refuse)
  assertKnown(options, ['channel', 'timers'], refuse)
  const read = { channel: 'cardea:hints', timers: systemTimers, ...options }
  assertName(read.channel, 'channel', refuse)
  assertMethods(read.timers, { option: 'timers', methods: ['after'] }, refuse)
  return read
}

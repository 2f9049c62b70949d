import { secureRandom } from '@cardea/core/crypto'
import { type ChangeHints, type ChangeTopic, changeTopics } from '@cardea/core/hints'
import { type RedisPublisher, surviveErrors } from '../clients.js'
import { safely } from '../logger.js'
import { assertKnown, assertMethods, assertName, refuser } from '../options.js'
import { type RedisTimers, systemTimers } from '../timers.js'
import { readMessage, writeMessage } from './message.js'
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
  const self = Buffer.from(secureRandom(8)).toString('hex')
  const listeners = new Set<(topic: ChangeTopic) => void>()
  let unsubscribe: (() => void) | undefined
  const tell = (topic: ChangeTopic): void => {
    for (const listener of listeners) safely(() => listener(topic))
  }
  const listen = (): void => {
    unsubscribe ??= subscribeTo({
      client,
      channel,
      timers,
      onMessage: (message) => {
        const hint = readMessage(message)
        // Its own were told when they were published.
        if (hint !== undefined && hint.sender !== self) tell(hint.topic)
      },
      onListening: () => changeTopics.forEach(tell),
    })
  }
  const close = (): void => {
    listeners.clear()
    unsubscribe?.()
    unsubscribe = undefined
  }
  const send = createSender((topic) => client.publish(channel, writeMessage(topic, self)))

  return Object.freeze<RedisHints>({
    publish(topic) {
      tell(topic)
      send(topic)
    },
    subscribe(listener) {
      // So that one function may be subscribed twice.
      const own = (topic: ChangeTopic): void => listener(topic)
      listeners.add(own)
      listen()
      return () => {
        listeners.delete(own)
        if (listeners.size === 0) close()
      }
    },
    close,
  })
}

/**
 * Sends one message of a topic at a time: what is published before it has arrived is one more message, however often. So
 * a client that queues commands while Redis is away holds few of ours.
 */
function createSender(publish: (topic: ChangeTopic) => Promise<unknown>): (topic: ChangeTopic) => void {
  const sending = new Map<ChangeTopic, { again: boolean }>()
  const send = (topic: ChangeTopic): void => {
    const before = sending.get(topic)
    if (before !== undefined) {
      before.again = true
      return
    }
    const state = { again: false }
    sending.set(topic, state)
    const settle = (): void => {
      sending.delete(topic)
      if (state.again) send(topic)
    }
    // What is thrown at once is a rejection, too; a hint that cannot be sent is lost.
    void (async () => await publish(topic))().then(settle, settle)
  }
  return send
}

function readOptions(client: RedisPublisher, options: RedisHintOptions): Required<RedisHintOptions> {
  assertMethods(client, { option: 'client', methods: ['publish', 'duplicate', 'on'] }, refuse)
  assertKnown(options, ['channel', 'timers'], refuse)
  const read = { channel: 'cardea:hints', timers: systemTimers, ...options }
  assertName(read.channel, 'channel', refuse)
  assertMethods(read.timers, { option: 'timers', methods: ['after'] }, refuse)
  return read
}

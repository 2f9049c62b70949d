import type { IoRedisPublisher, IoRedisSubscriber, NodeRedisPublisher, RedisPublisher } from '../clients.js'
import type { RedisTimers } from '../timers.js'

/** How long after a connection has ended for good another one is made. */
const pauseMilliseconds = 1_000

export interface SubscriptionOptions {
  readonly client: RedisPublisher
  readonly channel: string
  readonly timers: RedisTimers
  readonly onMessage: (message: unknown) => void
  /** Messages are heard from now on; those of before are lost. */
  readonly onListening: () => void
}

/** What a connection of either package is for us. */
interface Connection {
  /** @param ended Called when it will not come back by itself. */
  open(ended: () => void): void
  close(): void
}

/**
 * Listens on a connection of its own, which a client needs for that, for as long as it takes: the client connects again after
 * a failure, and where it gives up, another connection is made.
 *
 * @returns What ends it.
 */
export function subscribeTo(options: SubscriptionOptions): () => void {
  let isOver = false
  let connection: Connection | undefined
  let stopWaiting: () => void = () => undefined
  const begin = (): void => {
    const made = 'evalSha' in options.client ? nodeRedis(options.client, options) : ioRedis(options.client, options)
    connection = made
    let hasEnded = false
    made.open(() => {
      if (hasEnded) return
      hasEnded = true
      made.close()
      if (!isOver) stopWaiting = options.timers.after(pauseMilliseconds, begin)
    })
  }
  begin()
  return () => {
    isOver = true
    stopWaiting()
    connection?.close()
  }
}

function nodeRedis(
  client: NodeRedisPublisher,
  { channel, onMessage, onListening }: Omit<SubscriptionOptions, 'client'>,
): Connection {
  const subscriber = client.duplicate()
  let isSubscribed = false
  return {
    open(ended) {
      subscriber.on('error', () => undefined)
      subscriber.on('end', ended)
      // After each reconnection it subscribes again by itself, before it says that it is ready.
      subscriber.on('ready', () => {
        if (isSubscribed) onListening()
      })
      const listen = async (): Promise<void> => {
        await subscriber.connect()
        subscriber.unref?.()
        await subscriber.subscribe(channel, onMessage)
        isSubscribed = true
        onListening()
      }
      listen().catch(ended)
    },
    close: () => quietly(() => subscriber.destroy()),
  }
}

function ioRedis(
  client: IoRedisPublisher,
  { channel, onMessage, onListening }: Omit<SubscriptionOptions, 'client'>,
): Connection {
  const subscriber = duplicate(client)
  return {
    open(ended) {
      subscriber.on('error', () => undefined)
      subscriber.on('end', ended)
      subscriber.on('message', (_channel, message) => onMessage(message))
      subscriber.on('connect', () => letProcessEnd(subscriber))
      // After a reconnection, too. What fails here fails with the connection, and then comes again.
      subscriber.on('ready', () => {
        subscriber.subscribe(channel).then(onListening, () => undefined)
      })
      // It rejects when the first try fails, and goes on trying.
      subscriber.connect().catch(() => undefined)
    },
    close: () => quietly(() => subscriber.disconnect()),
  }
}

/** A cluster takes other arguments, and connects and subscribes again as it was told to. */
function duplicate(client: IoRedisPublisher): IoRedisSubscriber {
  if ('isCluster' in client && client.isCluster === true) return client.duplicate()
  // The type leaves them out, since the two kinds of client have nothing in common there.
  const make = client.duplicate.bind(client) as (overrides: object) => IoRedisSubscriber
  return make({ lazyConnect: true, autoResubscribe: false, enableOfflineQueue: true })
}

function letProcessEnd(subscriber: object): void {
  const { stream } = subscriber as { readonly stream?: { unref?: () => void } }
  stream?.unref?.()
}

/** One that is closed already says so by throwing. */
function quietly(work: () => void): void {
  try {
    work()
  } catch {
    // As wanted.
  }
}

import { type RedisHints, type RedisRateLimits, redisHints, redisRateLimits } from '@cardea/redis'
import { createClient } from 'redis'

/** What the nodes of an app share by way of Redis. */
export interface SharedRedis {
  readonly rateLimits: RedisRateLimits
  readonly hints: RedisHints
  close(): void
}

/** At a start, Redis is waited for a moment: longer than it takes, shorter than anybody minds where it is down. */
const patienceMilliseconds = 500

export async function openRedis(url: string): Promise<SharedRedis> {
  const client = createClient({
    url,
    // Commands fail at once while there is no connection, rather than wait for one.
    disableOfflineQueue: true,
    socket: { connectTimeout: 1_000, reconnectStrategy: (tries) => Math.min(50 * 2 ** tries, 1_000) },
  })
  // Redis is never needed: it is told once by what uses it, and the client goes on connecting.
  client.on('error', () => undefined)
  const connected = client.connect().then(
    () => undefined,
    () => undefined,
  )
  await Promise.race([connected, new Promise((resolve) => setTimeout(resolve, patienceMilliseconds))])
  const hints = redisHints(client)
  return {
    rateLimits: redisRateLimits(client),
    hints,
    close: () => {
      hints.close()
      client.destroy()
    },
  }
}

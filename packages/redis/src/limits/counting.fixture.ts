import { createClient } from 'redis'
import { redisRateLimits } from './redis-rate-limits.js'

/** A node that has so many requests at once, at a limit of 10 a day. @returns How many it let through. */
export async function countAll({
  url,
  prefix,
  requests,
}: {
  readonly url: string
  readonly prefix: string
  readonly requests: number
}): Promise<number> {
  const client = createClient({ url })
  await client.connect()
  const limits = redisRateLimits(client, { prefix, timeoutMilliseconds: 10_000 })
  const buckets = [{ key: 'login|a', rule: { limit: 10, periodSeconds: 86_400, burst: 10 } }]
  const answers = await Promise.all(Array.from({ length: requests }, () => limits.take(buckets, 0)))
  client.destroy()
  if (limits.status() !== 'ok') throw new Error('it did not count in Redis')
  return answers.filter(([decision]) => decision?.allowed).length
}

import { postgresHints } from '@cardea/kysely/postgres'
import type { RedisRateLimits } from '@cardea/redis'
import type { ChangeHints } from 'cardea'
import type { Environment } from './environment.ts'
import { openRedis } from './redis.ts'

/** What the nodes of an app share beside the database. */
export interface Nodes {
  readonly rateLimits?: RedisRateLimits
  readonly hints: ChangeHints
  close(): void
}

/**
 * Redis, where there is one. Without it PostgreSQL, which nodes reach anyhow, says what has changed. SQLite and MySQL say
 * nothing: nodes notice by themselves, a request later or, without sessions to read, within a minute.
 */
export async function openNodes({ redisUrl, databaseUrl }: Environment): Promise<Nodes | undefined> {
  if (redisUrl !== undefined) return await openRedis(redisUrl)
  if (!/^postgres(ql)?:/.test(databaseUrl)) return undefined
  const hints = postgresHints(databaseUrl)
  return { hints, close: () => hints.close() }
}

/**
 * What is needed of a client of the package `redis` (node-redis 5 and 6): of `createClient`, `createCluster`,
 * `createSentinel` or `createClientPool`. Described by its shape, so that no type of ours needs the package.
 */
export interface NodeRedisClient {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** What is needed of a client of the package `ioredis` (5 and 6), `Redis` or `Cluster`. */
export interface IoRedisClient {
  evalsha(sha: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** A client of the app's, of either package. */
export type RedisClient = NodeRedisClient | IoRedisClient

/** A connection of node-redis that hears messages. */
export interface NodeRedisSubscriber {
  connect(): Promise<unknown>
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  destroy(): void
  on(event: string, listener: (...values: unknown[]) => void): unknown
  /** Lets the process end in spite of the connection. A cluster has none. */
  unref?(): void
}

/** What is needed of node-redis for hints. */
export interface NodeRedisPublisher {
  publish(channel: string, message: string): Promise<unknown>
  duplicate(): NodeRedisSubscriber
  on(event: 'error', listener: (error: Error) => void): unknown
  readonly evalSha: unknown
}

/** A connection of ioredis that hears messages. */
export interface IoRedisSubscriber {
  connect(): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  disconnect(): void
  on(event: string, listener: (...values: unknown[]) => void): unknown
}

/** What is needed of ioredis for hints. */
export interface IoRedisPublisher {
  publish(channel: string, message: string): Promise<unknown>
  duplicate(): IoRedisSubscriber
  on(event: 'error', listener: (error: Error) => void): unknown
  readonly evalsha: unknown
}

/** A client of the app's, of either package, that can be duplicated for messages. */
export type RedisPublisher = NodeRedisPublisher | IoRedisPublisher

/**
 * Without a listener, node-redis ends the process over a connection that was lost. What it says is seen by commands that
 * fail; listeners of the app are called all the same.
 */
export function surviveErrors(client: Pick<RedisClient, 'on'>): void {
  client.on('error', () => undefined)
}

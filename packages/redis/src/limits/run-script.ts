import type { IoRedisClient, NodeRedisClient, RedisClient } from '../clients.js'
import type { Script } from './scripts.js'

/** Has the server run a script. @returns What it replies. */
export type RunScript = (script: Script, keys: readonly string[], values: readonly string[]) => Promise<unknown>

interface Calls {
  readonly bySha: (script: Script, keys: string[], values: string[]) => Promise<unknown>
  readonly byText: (script: Script, keys: string[], values: string[]) => Promise<unknown>
}

/** By its name, in one round trip; with its text when the server does not know it (yet, or no longer). */
export function scriptRunner(client: RedisClient): RunScript {
  const { bySha, byText } = isNodeRedis(client) ? nodeRedis(client) : ioRedis(client)
  return async (script, keys, values) => {
    try {
      return await bySha(script, [...keys], [...values])
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return await byText(script, [...keys], [...values])
    }
  }
}

/** The packages write the name of the same command in different ways. */
const isNodeRedis = (client: RedisClient): client is NodeRedisClient => 'evalSha' in client

const nodeRedis = (client: NodeRedisClient): Calls => ({
  bySha: ({ sha }, keys, values) => client.evalSha(sha, { keys, arguments: values }),
  byText: ({ text }, keys, values) => client.eval(text, { keys, arguments: values }),
})

const ioRedis = (client: IoRedisClient): Calls => ({
  bySha: ({ sha }, keys, values) => client.evalsha(sha, keys.length, ...keys, ...values),
  byText: ({ text }, keys, values) => client.eval(text, keys.length, ...keys, ...values),
})

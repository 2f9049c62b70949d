import { randomBytes } from 'node:crypto'
import type { ChangeTopic } from '@cardea/core/hints'
import { afterEach, describe, expect, it } from 'vitest'
import {
  clientKinds,
  createTestTimers,
  hasRedisServer,
  hasTestRedis,
  privateRedis,
  type TestClient,
  testRedisUrl,
} from '../redis.fixture.js'
import { redisHints } from './redis-hints.js'

const all: readonly ChangeTopic[] = ['policy', 'configuration', 'keys']
const hasRedis = await hasTestRedis()
const patience = { timeout: 20_000, interval: 10 }

describe.each(clientKinds)('redisHints with $name', ({ open }) => {
  const ends: (() => unknown)[] = []

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })

  async function connect(url: string): Promise<TestClient> {
    const test = await open(url)
    ends.push(() => test.close())
    return test
  }

  /** A node that listens, and has said what it could have missed. */
  async function node(test: TestClient, channel: string) {
    const hints = redisHints(test.client, { channel })
    ends.push(() => hints.close())
    const heard: ChangeTopic[] = []
    const unsubscribe = hints.subscribe((topic) => heard.push(topic))
    const listening = async (): Promise<void> => {
      await expect.poll(() => heard, patience).toEqual(all)
      heard.length = 0
    }
    return { hints, heard, unsubscribe, listening }
  }

  const newChannel = (): string => `cardea-test-${randomBytes(6).toString('hex')}`

  describe.skipIf(!hasRedis)('and the Redis that is there', () => {
    it('tells other nodes, and this one once', async () => {
      const channel = newChannel()
      const [first, second] = await Promise.all([
        node(await connect(testRedisUrl), channel),
        node(await connect(testRedisUrl), channel),
      ])
      await Promise.all([first.listening(), second.listening()])
      first.hints.publish('keys')
      expect(first.heard).toEqual(['keys'])
      await expect.poll(() => second.heard, patience).toEqual(['keys'])
      second.hints.publish('policy')
      await expect.poll(() => first.heard, patience).toEqual(['keys', 'policy'])
      expect(second.heard).toEqual(['keys', 'policy'])
    })

    it('hears nothing of another channel, and nothing that is no hint', async () => {
      const channel = newChannel()
      const test = await connect(testRedisUrl)
      const { hints, heard, listening } = await node(test, channel)
      await listening()
      const sender = '0123456789abcdef'
      const junk = ['', 'policy', `users ${sender}`, `policy ${sender} `, `policy ${sender}${'x'.repeat(1_000_000)}`]
      for (const message of [...junk, '\u0000\uFFFD', '{"topic":"policy"}']) {
        await test.command('PUBLISH', channel, message)
      }
      await test.command('PUBLISH', `${channel}2`, `policy ${sender}`)
      await test.command('PUBLISH', channel, `keys ${sender}`)
      await expect.poll(() => heard, patience).toEqual(['keys'])
      hints.close()
    })

    it('survives a listener that throws', async () => {
      const channel = newChannel()
      const test = await connect(testRedisUrl)
      const { hints, heard, listening } = await node(test, channel)
      hints.subscribe(() => {
        throw new Error('broken')
      })
      await listening()
      hints.publish('policy')
      expect(heard).toEqual(['policy'])
    })

    it('keeps one connection, from the first subscription to the last', async () => {
      const channel = newChannel()
      const test = await connect(testRedisUrl)
      const subscribers = async () => Number(((await test.command('PUBSUB', 'NUMSUB', channel)) as unknown[])[1])
      const { hints, unsubscribe, listening } = await node(test, channel)
      const other = hints.subscribe(() => undefined)
      await listening()
      expect(await subscribers()).toBe(1)
      unsubscribe()
      expect(await subscribers()).toBe(1)
      other()
      await expect.poll(subscribers, patience).toBe(0)
      hints.subscribe(() => undefined)
      await expect.poll(subscribers, patience).toBe(1)
      hints.close()
      await expect.poll(subscribers, patience).toBe(0)
    })
  })

  it.skipIf(!hasRedisServer)('listens again after Redis was away, and takes everything for changed', async () => {
    const redis = await privateRedis()
    ends.push(() => redis.remove())
    // It may come later than the app.
    const { hints, heard, listening } = await node(await connect(redis.url), 'hints')
    hints.publish('policy')
    expect(heard.splice(0)).toEqual(['policy'])
    await redis.start()
    await listening()
    await redis.kill()
    hints.publish('keys')
    expect(heard.splice(0)).toEqual(['keys'])
    await redis.start()
    await listening()
    redis.command('PUBLISH', 'hints', 'configuration 0123456789abcdef')
    await expect.poll(() => heard, patience).toEqual(['configuration'])
  })
})

describe('redisHints', () => {
  const settle = () => new Promise((resolve) => setImmediate(resolve))

  it('makes another connection where the client gives up', async () => {
    const timers = createTestTimers()
    const made: { end(): unknown; destroyed: boolean }[] = []
    const client = {
      evalSha: undefined,
      publish: async () => 1,
      duplicate: () => {
        const ends: (() => void)[] = []
        const self = { end: () => ends.map((end) => end()), destroyed: false }
        made.push(self)
        return {
          connect: async () => {
            if (made.length === 1) throw new Error('no reconnection')
          },
          subscribe: async () => undefined,
          destroy: () => {
            self.destroyed = true
          },
          on: (event: string, listener: () => void) => {
            if (event === 'end') ends.push(listener)
          },
        }
      },
      on: () => undefined,
    }
    const hints = redisHints(client, { timers })
    const heard: ChangeTopic[] = []
    expect(made).toHaveLength(0)
    hints.subscribe((topic) => heard.push(topic))
    await settle()
    expect(made.map(({ destroyed }) => destroyed)).toEqual([true])
    timers.advance(1_000)
    await settle()
    expect(heard).toEqual(all)
    made[1]?.end()
    made[1]?.end()
    expect(timers.waiting()).toBe(1)
    hints.close()
    timers.advance(10_000)
    expect(made.map(({ destroyed }) => destroyed)).toEqual([true, true])
  })

  it('refuses what is no client or no option, by name', () => {
    expect(() => redisHints({} as never)).toThrow(/client must have the functions publish/)
    const { client } = { client: { publish: async () => 1, duplicate: () => ({}), on: () => 1, evalSha: 1 } as never }
    expect(() => redisHints(client, { channel: 'a b' })).toThrow(/channel must be/)
    expect(() => redisHints(client, { chanel: 'a' } as never)).toThrow(/chanel is not an option/)
  })
})

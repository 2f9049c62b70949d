import type { ChangeTopic } from '@cardea/core/hints'
import pg from 'pg'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { startProxy } from '../../driver/proxy.fixture.js'
import { createTestSchema, skippedBecause } from '../open-postgres.fixture.js'
import { type PostgresHintOptions, postgresHints } from './postgres-hints.js'
import type { HintTimers } from './timers.js'

const all: readonly ChangeTopic[] = ['policy', 'configuration', 'keys']
const patience = { timeout: 20_000, interval: 5 }
const schema = await createTestSchema()
const sender = '0123456789abcdef'

/** Timers that a test lets run out. */
function createTestTimers(): HintTimers & { advance(milliseconds: number): void; waiting(): readonly number[] } {
  let now = 0
  const waiting = new Set<{ readonly at: number; readonly work: () => void }>()
  return {
    after(milliseconds, work) {
      const entry = { at: now + milliseconds, work }
      waiting.add(entry)
      return () => waiting.delete(entry)
    },
    advance(milliseconds) {
      now += milliseconds
      for (const entry of waiting) {
        if (entry.at > now) continue
        waiting.delete(entry)
        entry.work()
      }
    },
    waiting: () => [...waiting].map(({ at }) => at - now),
  }
}

describe.skipIf('skipped' in schema)(`postgresHints${skippedBecause(schema)}`, () => {
  const { name, url, admin } = 'skipped' in schema ? { name: '', url: '', admin: undefined } : schema
  const ends: (() => unknown)[] = []

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })
  afterAll(async () => {
    if (!('skipped' in schema)) await schema.drop()
  })

  /** A node that listens, and has said what it could have missed. */
  function node(source: string | pg.Pool = url, options: PostgresHintOptions = {}) {
    const hints = postgresHints(source, { channel: name, ...options })
    ends.push(() => hints.close())
    const heard: ChangeTopic[] = []
    const unsubscribe = hints.subscribe((topic) => heard.push(topic))
    const listening = async (): Promise<void> => {
      await expect.poll(() => heard, patience).toEqual(all)
      heard.length = 0
    }
    return { hints, heard, unsubscribe, listening }
  }

  /** How many connections of this schema listen. */
  const listeners = async (): Promise<number> => {
    const sql = `select count(*)::int as number from pg_stat_activity where application_name = $1 and query like 'listen%'`
    return (await admin?.query(sql, [name]))?.rows[0].number
  }
  const tell = (channel: string, message: string) => admin?.query('select pg_notify($1, $2)', [channel, message])

  it('tells other nodes, and this one once', async () => {
    const [first, second] = [node(), node()]
    await Promise.all([first.listening(), second.listening()])
    first.hints.publish('keys')
    expect(first.heard).toEqual(['keys'])
    await expect.poll(() => second.heard, patience).toEqual(['keys'])
    second.hints.publish('policy')
    await expect.poll(() => first.heard, patience).toEqual(['keys', 'policy'])
    expect(second.heard).toEqual(['keys', 'policy'])
  })

  it('tells by a node that listens to nothing itself', async () => {
    const listening = node()
    await listening.listening()
    const teller = postgresHints(url, { channel: name })
    ends.push(() => teller.close())
    teller.publish('configuration')
    await expect.poll(() => listening.heard, patience).toEqual(['configuration'])
  })

  it('hears nothing of another channel, and nothing that is no hint', async () => {
    const { heard, listening } = node()
    await listening()
    for (const message of [
      '',
      'policy',
      `users ${sender}`,
      `policy ${sender}${'x'.repeat(7_000)}`,
      '{"topic":"policy"}',
    ])
      await tell(name, message)
    await tell(`${name}2`, `policy ${sender}`)
    await tell(name, `keys ${sender}`)
    await expect.poll(() => heard, patience).toEqual(['keys'])
  })

  it('tells a channel whose name has capitals from one that has none', async () => {
    const channel = `${name}_Capitals`
    const { heard, listening } = node(url, { channel })
    await listening()
    await tell(channel.toLowerCase(), `policy ${sender}`)
    await tell(channel, `keys ${sender}`)
    await expect.poll(() => heard, patience).toEqual(['keys'])
  })

  it('keeps one connection, from the first subscription to the last', async () => {
    const { hints, unsubscribe, listening } = node()
    const other = hints.subscribe(() => undefined)
    await listening()
    expect(await listeners()).toBe(1)
    unsubscribe()
    expect(await listeners()).toBe(1)
    other()
    await expect.poll(listeners, patience).toBe(0)
    hints.subscribe(() => undefined)
    await expect.poll(listeners, patience).toBe(1)
    hints.close()
    await expect.poll(listeners, patience).toBe(0)
  })

  it('listens again after the server ended its connections, and takes everything for changed', async () => {
    const timers = createTestTimers()
    const { hints, heard, listening } = node(url, { timers })
    await listening()
    for (let round = 0; round < 3; round += 1) {
      await admin?.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [name])
      await expect.poll(() => timers.waiting(), patience).toEqual([1_000])
      // It may be told meanwhile; that is lost, and harms nothing.
      hints.publish('keys')
      expect(heard.splice(0)).toEqual(['keys'])
      await expect.poll(listeners, patience).toBe(0)
      timers.advance(1_000)
      await listening()
      await tell(name, `configuration ${sender}`)
      await expect.poll(() => heard.splice(0), patience).toEqual(['configuration'])
    }
  })

  it('notices a connection that a network dropped without a word', { timeout: 30_000 }, async () => {
    const proxy = await startProxy(url)
    ends.push(() => proxy.close())
    const timers = createTestTimers()
    const { heard, listening } = node(proxy.url, { timers })
    await listening()
    proxy.mode = 'blackhole'
    await tell(name, `policy ${sender}`)
    timers.advance(15_000)
    // Now it waits for an answer of the server, and then before it tries again.
    await expect.poll(() => timers.waiting(), patience).toEqual([1_000])
    expect(heard).toEqual([])
    proxy.reset()
    proxy.mode = 'pass'
    timers.advance(1_000)
    await listening()
  })

  it('goes on where the server comes later than the app', async () => {
    const proxy = await startProxy(url)
    ends.push(() => proxy.close())
    proxy.mode = 'blackhole'
    const timers = createTestTimers()
    const { hints, heard, listening } = node(proxy.url, { timers })
    hints.publish('policy')
    expect(heard.splice(0)).toEqual(['policy'])
    proxy.reset()
    await expect.poll(() => timers.waiting(), patience).toEqual([1_000])
    proxy.mode = 'pass'
    timers.advance(1_000)
    await listening()
  })

  it('uses a pool of the app, and leaves it open', async () => {
    const pool = new pg.Pool({ connectionString: url, max: 3 })
    ends.push(() => pool.end())
    const [first, second] = [node(pool), node(pool)]
    await Promise.all([first.listening(), second.listening()])
    first.hints.publish('policy')
    await expect.poll(() => second.heard, patience).toEqual(['policy'])
    first.hints.close()
    second.hints.close()
    await expect.poll(listeners, patience).toBe(0)
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  it('hears nothing after it was closed while it was connecting', async () => {
    const { hints, heard } = node()
    hints.close()
    const other = node()
    await other.listening()
    await tell(name, `keys ${sender}`)
    await expect.poll(() => other.heard, patience).toEqual(['keys'])
    expect(heard).toEqual([])
    expect(await listeners()).toBe(1)
  })
})

describe('postgresHints', () => {
  it('opens nothing before it is used', async () => {
    postgresHints('postgres://nobody@127.0.0.1:1/nothing').close()
    await new Promise((resolve) => setImmediate(resolve))
  })

  it('keeps no process from ending', async () => {
    const calls: string[] = []
    const client = {
      query: async (text: string) => calls.push(text),
      release: (destroy?: boolean) => calls.push(`release ${destroy}`),
      on: () => undefined,
      removeListener: () => undefined,
      unref: () => calls.push('unref'),
    }
    const hints = postgresHints({ connect: async () => client })
    hints.subscribe(() => undefined)
    await expect.poll(() => calls, patience).toEqual(['unref', 'listen "cardea_hints"'])
    hints.close()
    expect(calls.at(-1)).toBe('release true')
  })

  it('loses what it cannot tell', async () => {
    const timers = createTestTimers()
    const hints = postgresHints('postgres://nobody@127.0.0.1:1/nothing', { timers })
    const heard: ChangeTopic[] = []
    hints.subscribe((topic) => heard.push(topic))
    for (let count = 0; count < 100; count += 1) hints.publish('keys')
    expect(heard).toHaveLength(100)
    await expect.poll(() => timers.waiting(), patience).toEqual([1_000])
    hints.close()
    hints.publish('keys')
    expect(timers.waiting()).toEqual([])
  })

  it('names a wrong source or option, never its value', () => {
    const cases: readonly (readonly [unknown, unknown, string])[] = [
      ['mysql://secret', {}, 'source'],
      ['postgres://user:sec/ret@127.0.0.1/app', {}, 'source'],
      [{}, {}, 'source'],
      [null, {}, 'source'],
      ['postgres://127.0.0.1/app', { channel: 'secret"; drop' }, 'channel'],
      ['postgres://127.0.0.1/app', { channel: 'x'.repeat(64) }, 'channel'],
      ['postgres://127.0.0.1/app', { chanel: 'secret' }, 'chanel'],
    ]
    for (const [source, options, named] of cases) {
      expect(() => postgresHints(source as never, options as never)).toThrow(new RegExp(`^postgresHints: ${named} `))
      expect(() => postgresHints(source as never, options as never)).not.toThrow(/sec.?ret/)
    }
  })
})

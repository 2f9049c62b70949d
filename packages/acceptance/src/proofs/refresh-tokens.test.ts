import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import { createCardea } from 'cardea'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, clientOf, patientClientOf } from '../client.js'
import { proofKinds, type TestDatabase } from '../databases.js'
import { type DemoServer, startDemo, temporaryFolder } from '../demo-server.js'
import { serverStorages } from '../faults/storages.js'
import { patience } from '../patience.js'
import { startTcpProxy } from '../tcp-proxy.js'

const script = new URL('../servers/skewed-server.ts', import.meta.url).pathname
const path = '/api/v1/collections/customers/auth'
const reused = 'event session.refresh_token_reused'

describe.each(firstWhereQuick(proofKinds))(
  'refresh tokens on two nodes whose clocks are ten minutes apart, on $name',
  (kind) => {
    let database: TestDatabase
    let servers: readonly DemoServer[] = []
    let nodes: readonly [Client, Client]

    const start = async (): Promise<void> => {
      const node = (offset: string) =>
        startDemo({ DATABASE_URL: database.url, CLOCK_OFFSET_SECONDS: offset }, temporaryFolder(), script)
      // One after the other: each makes the tables that are missing.
      const first = await node('-300')
      const second = await node('300')
      servers = [first, second]
      nodes = [patientClientOf(first.url), patientClientOf(second.url)]
    }
    const stop = (signal: NodeJS.Signals) => Promise.all(servers.map((server) => server.stop(signal)))
    const refresh = (index: number, token: unknown) =>
      (index % 2 === 0 ? nodes[0] : nodes[1]).post(`${path}/refresh`, { refresh_token: token })
    /** Does not come back after 503: the time in which a token is good once more goes on. */
    const refreshOnce = (index: number, token: unknown) =>
      clientOf(servers[index % 2]?.url ?? '').post(`${path}/refresh`, { refresh_token: token })
    const counterOf = async (sessionId: unknown): Promise<unknown> => {
      const sql = `SELECT refresh_counter FROM cardea_sessions WHERE id = '${String(sessionId)}'`
      const [row] = await database.query(sql)
      return row === undefined ? undefined : Number(row['refresh_counter'])
    }
    const register = (email: string) => nodes[0].post(`${path}/register`, { email, password: 'refresh me often' })
    const events = () => servers.flatMap((server) => server.output().split('\n')).filter((line) => line === reused)

    beforeAll(async () => {
      database = await kind.create()
      await start()
    })

    afterAll(async () => {
      await stop('SIGTERM')
      await database?.drop()
    })

    it('have one successor, of 50 at once, whoever rotates, and the old one ends the session afterwards', async () => {
      const { body } = await register('many@example.com')
      const { session_id: sessionId } = body
      const chain: unknown[] = [body['refresh_token']]
      const count = rounds({ test: 5, ci: 10, long: 200 })
      for (let round = 1; round <= count; round += 1) {
        const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => refreshOnce(index, chain.at(-1))))
        // A database with too much to do at once may say so; nobody is logged out for it.
        const answered = answers.filter(({ status }) => status !== 503)
        expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([200]))
        const successors = new Set(answered.map((answer) => answer.body['refresh_token']))
        expect(successors.size).toBe(1)
        chain.push([...successors][0])
        expect(await counterOf(sessionId)).toBe(round)
      }
      expect(events()).toEqual([])
      expect((await refresh(0, chain.at(-1))).status).toBe(200)
      for (const [index, token] of [chain.at(-2), chain.at(-1), chain[0]].entries()) {
        const answer = await refresh(index, token)
        expect([answer.status, answer.body['code']]).toEqual([401, index === 0 ? 'token_reused' : 'token_invalid'])
      }
      expect(await counterOf(sessionId)).toBeUndefined()
      expect((await nodes[0].get(`${path}/me`, { bearer: body['access_token'] })).status).toBe(401)
      await expect.poll(() => events().length, patience).toBe(1)
    })

    it('give the same successor again to whoever asks the other node at once', async () => {
      for (const first of [0, 1]) {
        const { body } = await register(`grace${first}@example.com`)
        const rotated = await refresh(first, body['refresh_token'])
        const again = await refresh(first + 1, body['refresh_token'])
        expect([rotated.status, again.status]).toEqual([200, 200])
        expect(again.body['refresh_token']).toBe(rotated.body['refresh_token'])
        expect(await counterOf(body['session_id'])).toBe(1)
      }
    })

    it('are what they were after both nodes were killed', async () => {
      const { body } = await register('restart@example.com')
      const second = await refresh(0, body['refresh_token'])
      const third = await refresh(1, second.body['refresh_token'])
      await stop('SIGKILL')
      await start()
      const fourth = await refresh(0, third.body['refresh_token'])
      expect(fourth.status).toBe(200)
      expect(await counterOf(body['session_id'])).toBe(3)
      const stolen = await refresh(1, second.body['refresh_token'])
      expect([stolen.status, stolen.body['code']]).toEqual([401, 'token_reused'])
      expect((await refresh(0, fourth.body['refresh_token'])).status).toBe(401)
    })

    it('end every session in a storm of old and new ones, and the storm ends', async () => {
      const { body } = await register('storm@example.com')
      const second = await refresh(0, body['refresh_token'])
      const third = await refresh(1, second.body['refresh_token'])
      const tokens = [body, second.body, third.body].map((each) => each['refresh_token'])
      const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => refresh(index, tokens[index % 3])))
      expect(answers.filter(({ status }) => ![200, 401].includes(status))).toEqual([])
      expect(await counterOf(body['session_id'])).toBeUndefined()
      for (const token of tokens) expect((await refresh(0, token)).body['code']).toBe('token_invalid')
    })
  },
)

describe('a refresh whose answer is lost after the database has done it', () => {
  it.each(serverStorages)('is given the same successor when it is tried again, on $name', async ({ create, open }) => {
    const database = await create()
    const url = new URL(database.url)
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
    url.hostname = '127.0.0.1'
    url.port = String(proxy.port)
    const events: string[] = []
    const auth = createCardea({
      storage: open(url.href),
      secret: 'a secret for lost answers: 90ab34f2685c1d7e',
      environment: 'test',
      passwords: { memoryKibibytes: 8, iterations: 1 },
      onEvent: ({ type }) => void events.push(type),
    })
    await auth.migrate()
    await auth.ready()
    const own = { email: 'ada@example.com', password: 'a good password', username: 'ada', name: 'Ada' }
    const registered = await auth.users.register(own)
    if (registered.status !== 'signed_in') throw new Error(registered.status)
    const { refreshToken = '', session } = registered.signIn
    const counter = async () =>
      (await database.query(`SELECT refresh_counter FROM cardea_sessions WHERE id = '${session.id}'`)).map((row) =>
        Number(row['refresh_counter']),
      )
    // The id goes to the database twice: the session is read by it, and then the token rotated.
    let times = 0
    const isRotation = (asked: string): boolean => {
      if (asked.includes(session.id)) times += 1
      return times === 2
    }
    proxy.set({ loseAnswerTo: isRotation })
    await expect(auth.users.refresh(refreshToken)).rejects.toMatchObject({ code: 'unavailable' })
    // Whether it was done before the connection went is known by the row alone.
    await expect.poll(counter, patience).toEqual([1])
    proxy.set('pass')
    const again = await auth.users.refresh(refreshToken)
    const once = await auth.users.refresh(refreshToken)
    expect(once.refreshToken).toBe(again.refreshToken)
    expect(await counter()).toEqual([1])
    expect((await auth.users.refresh(again.refreshToken ?? '')).user).toMatchObject({ email: own.email })
    expect(await counter()).toEqual([2])
    expect(events).not.toContain('session.refresh_token_reused')
    await auth.close()
    await proxy.close()
    await database.drop()
  })
})

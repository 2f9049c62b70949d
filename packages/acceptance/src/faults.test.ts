import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientOf } from './client.js'
import { databaseKinds, type TestDatabase } from './databases.js'
import { adminCredentials, type DemoServer, startDemo } from './demo-server.js'
import { patience } from './patience.js'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js'

const api = '/api/v1'
/** Part of the contract: nobody waits longer for a database that is gone. */
const mostMilliseconds = 2_000
/** A machine that is busy with other things is late now and then; a server that waits for longer is late each time. */
const tries = 5

describe.each(['PostgreSQL', 'MySQL'])('a demo server whose %s fails', (name) => {
  const kind = databaseKinds.find((each) => each.name === name)
  let database: TestDatabase
  let proxy: TcpProxy
  let server: DemoServer

  beforeAll(async () => {
    if (kind === undefined) return
    database = await kind.create()
    const url = new URL(database.url)
    proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
    url.hostname = '127.0.0.1'
    url.port = String(proxy.port)
    server = await startDemo({ DATABASE_URL: url.href })
  })

  afterAll(async () => {
    proxy?.set('pass')
    await server?.stop()
    await proxy?.close()
    await database?.drop()
  })

  it.skipIf(kind === undefined).each(['refuse', 'blackhole'] as const)(
    'answers 503 in time and comes back by itself (%s)',
    async (mode) => {
      const client = clientOf(server.url)
      const { body, cookie } = await client.post(`${api}/auth/login`, adminCredentials)
      proxy.set(mode)
      const requests = [
        () => client.post(`${api}/auth/login`, adminCredentials),
        () => client.post(`${api}/auth/login`, { ...adminCredentials, password: 'wrong' }),
        () => client.get(`${api}/auth/me`, { cookie }),
        () => client.get('/posts', { bearer: body['access_token'] }),
        () => client.post(`${api}/auth/refresh`, { refresh_token: body['refresh_token'] }),
        () => client.get('/health/ready'),
      ]
      for (const request of requests) {
        const times: number[] = []
        while (times.length < tries && !times.some((time) => time < mostMilliseconds)) {
          const started = performance.now()
          const answer = await request()
          times.push(performance.now() - started)
          expect([answer.status, answer.body['code']]).toEqual([503, 'unavailable'])
          expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
        }
        expect(Math.min(...times), times.join()).toBeLessThan(mostMilliseconds)
      }
      expect((await client.get('/health')).status).toBe(200)

      proxy.set('pass')
      await expect.poll(async () => (await client.get(`${api}/auth/me`, { cookie })).status, patience).toBe(200)
      expect((await client.post(`${api}/auth/login`, adminCredentials)).status).toBe(200)
    },
  )
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, clientOf } from './client.js'
import { databaseKinds, type TestDatabase } from './databases.js'
import { adminCredentials, type DemoServer, startDemo } from './demo-server.js'

const api = '/api/v1'

describe.each(databaseKinds)('two nodes on one $name database', (kind) => {
  let database: TestDatabase
  let servers: readonly DemoServer[] = []
  let nodes: readonly [Client, Client]

  beforeAll(async () => {
    database = await kind.create()
    const environment = { DATABASE_URL: database.url }
    const [first, second] = await Promise.all([startDemo(environment), startDemo(environment)])
    servers = [first, second]
    nodes = [clientOf(first.url), clientOf(second.url)]
  })

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await database?.drop()
  })

  /** One of the nodes, in turn. */
  const node = (index: number): Client => (index % 2 === 0 ? nodes[0] : nodes[1])

  it('made one admin between them, on an empty database', async () => {
    const answers = await Promise.all(nodes.map((each) => each.post(`${api}/auth/login`, adminCredentials)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(answers[0]?.body['user_id']).toBe(answers[1]?.body['user_id'])
  })

  it('gives an address to one of 20 registrations at once, whatever its case', async () => {
    const registrations = Array.from({ length: 20 }, (_, index) =>
      node(index).post(`${api}/collections/customers/auth/register`, {
        email: index % 3 === 0 ? 'Race@Example.com' : 'race@example.com',
        password: `password number ${index}`,
      }),
    )
    const answers = await Promise.all(registrations)
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(19).fill(409)])
    expect(new Set(answers.filter(({ status }) => status === 409).map(({ body }) => body['code']))).toEqual(
      new Set(['email_taken']),
    )
  })

  it('gives 50 refreshes at once one successor, and ends the session when an old token comes back', async () => {
    const own = { email: `refresh-${kind.name}@example.com`, password: 'refresh me often' }
    const path = `${api}/collections/customers/auth`
    const { body } = await nodes[0].post(`${path}/register`, own)
    const refresh = (index: number, token: unknown) => node(index).post(`${path}/refresh`, { refresh_token: token })
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => refresh(index, body['refresh_token'])))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const successors = new Set(answers.map((answer) => answer.body['refresh_token']))
    expect(successors.size).toBe(1)

    const [successor] = successors
    const next = await refresh(1, successor)
    expect(next.status).toBe(200)
    const stolen = await refresh(0, body['refresh_token'])
    expect([stolen.status, stolen.body['code']]).toEqual([401, 'token_reused'])
    expect((await refresh(1, next.body['refresh_token'])).status).toBe(401)
    expect((await nodes[0].get(`${path}/me`, { bearer: next.body['access_token'] })).status).toBe(401)
  })

  it('ends a session on both nodes with the next request after a logout on one', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { body, cookie } = await node(round).post(`${api}/auth/login`, adminCredentials)
      expect((await node(round + 1).get(`${api}/auth/me`, { cookie })).status).toBe(200)
      expect((await node(round).post(`${api}/auth/logout`, undefined, { cookie })).status).toBe(200)
      expect((await node(round + 1).get(`${api}/auth/me`, { cookie })).status).toBe(401)
      expect((await node(round + 1).get('/posts', { bearer: body['access_token'] })).status).toBe(401)
    }
  })
})

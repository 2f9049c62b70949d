import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, clientOf, patientClientOf, textOf } from './client.js'
import { databaseKinds, type TestDatabase } from './databases.js'
import { adminToken, defineCustomers } from './define-customers.js'
import { adminCredentials, type DemoServer, startDemo } from './demo-server.js'
import { defineReachable, raceLinksAndCodes } from './races/links-and-codes.js'
import { expectOneWinner, race } from './races/race.js'
import { defineGuarded, raceSecondFactors } from './races/second-factors.js'

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
    nodes = [patientClientOf(first.url), patientClientOf(second.url)]
    await defineCustomers(nodes[0])
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
    const result = await race(20, (index) =>
      node(index).post(`${api}/collections/customers/auth/register`, {
        email: index % 3 === 0 ? 'Race@Example.com' : 'race@example.com',
        password: `password number ${index}`,
      }),
    )
    expectOneWinner(result)
    expect(new Set(result.lost.map(({ status, body }) => `${status} ${textOf(body['code'])}`))).toEqual(
      new Set(['409 email_taken']),
    )
    const sql = "select i.principal_id from cardea_identifiers i where i.kind = 'email' and i.key = 'race@example.com'"
    expect(await database.query(sql)).toHaveLength(1)
  })

  it('gives 50 refreshes at once one successor, and ends the session when an old token comes back', async () => {
    const own = { email: `refresh-${kind.name}@example.com`, password: 'refresh me often' }
    const path = `${api}/collections/customers/auth`
    const { body } = await nodes[0].post(`${path}/register`, own)
    const refresh = (index: number, token: unknown) => node(index).post(`${path}/refresh`, { refresh_token: token })
    // Whoever comes back after 503 may come too late for the time in which a token is good once more.
    const once = (index: number) =>
      clientOf(servers[index % 2]?.url ?? '').post(`${path}/refresh`, { refresh_token: body['refresh_token'] })
    const answers = (await Promise.all(Array.from({ length: 50 }, (_, index) => once(index)))).filter(
      ({ status }) => status !== 503,
    )
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

  it('serves a collection on the other node with the very next request, whatever that is', async () => {
    const bearer = await adminToken(nodes[0])
    const own = { email: 'first@example.com', password: 'a good password' }
    const requests: ((to: Client, path: string) => Promise<unknown>)[] = [
      async (to, path) => (await to.post(`${path}/auth/register`, own)).status,
      async (to, path) => (await to.post(`${path}/auth/login`, own)).body['code'],
      async (to, path) => (await to.get(`${path}/auth/me`)).body['code'],
      async (to, path) => (await to.get(path, { bearer })).body['type'],
      async (to, path) => (await to.send('PUT', path, { bearer })).status,
      async (to) => (await to.get(`${api}/collections?search=made_&limit=1`, { bearer })).body['total'],
    ]
    const answers = [201, 'invalid_credentials', 'unauthenticated', 'auth', 405, requests.length]
    for (const [index, request] of requests.entries()) {
      const name = `made_${index}`
      const path = `${api}/collections/${name}`
      expect((await node(index + 1).post(`${path}/auth/login`, own)).status).toBe(404)
      const created = await node(index).post(`${api}/collections`, { name, type: 'auth' }, { bearer })
      expect(created.status).toBe(201)
      expect(await request(node(index + 1), path), `request ${index}`).toBe(answers[index])
    }
  })

  it('lets whom a collection of the other node has registered be known everywhere', async () => {
    const bearer = await adminToken(nodes[0])
    await nodes[0].post(`${api}/collections`, { name: 'partners', type: 'auth' }, { bearer })
    const own = { email: 'partner@example.com', password: 'a good password' }
    const partner = await nodes[0].post(`${api}/collections/partners/auth/register`, own)
    const cookie = partner.cookie
    // The second node has not heard of the collection; the token is good, and what it lacks is a permission.
    const listed = await nodes[1].get(`${api}/collections`, { bearer: partner.body['access_token'] })
    expect([listed.status, listed.body['code']]).toEqual([403, 'forbidden'])
    await nodes[0].post(`${api}/collections`, { name: 'patrons', type: 'auth' }, { bearer })
    const patron = await nodes[0].post(`${api}/collections/patrons/auth/register`, own)
    expect((await nodes[1].get(`${api}/collections`, { cookie: patron.cookie })).status).toBe(403)
    expect((await nodes[1].get(`${api}/collections/partners/auth/me`, { cookie })).status).toBe(200)
    expect((await nodes[1].get(`${api}/collections/patrons/auth/me`, { cookie })).status).toBe(401)
    expect(
      (await nodes[1].get(`${api}/collections/patrons/auth/me`, { bearer: partner.body['access_token'] })).status,
    ).toBe(401)
  })

  it('gives a name to one of 50 requests at once', async () => {
    const bearer = await adminToken(nodes[0])
    const result = await race(50, (index) =>
      node(index).post(`${api}/collections`, { name: 'wanted', type: 'auth' }, { bearer }),
    )
    expectOneWinner(result)
    expect(new Set(result.lost.map(({ status }) => status))).toEqual(new Set([409]))
    expect((await nodes[1].get(`${api}/collections/wanted`, { bearer })).body['name']).toBe('wanted')
  })

  it('takes each code and ticket of a second factor once, of 50 at once', async () => {
    await defineGuarded(nodes[0], await adminToken(nodes[0]))
    const races = await raceSecondFactors(nodes)
    for (const [name, result] of Object.entries(races)) {
      expectOneWinner(result, name)
      expect(result.lost.filter(({ status }) => ![401, 409, 429].includes(status))).toEqual([])
    }
  })

  it('takes each link and code of a mail once, of 50 at once', async () => {
    await defineReachable(nodes[0], await adminToken(nodes[0]))
    const { results, passwordOfReset } = await raceLinksAndCodes(nodes)
    for (const [name, result] of Object.entries(results)) {
      expectOneWinner(result, name)
      expect([name, result.lost.filter(({ status }) => status !== 401)]).toEqual([name, []])
    }
    expect(passwordOfReset).toEqual(results.reset.won.map(() => 200))
  })
})

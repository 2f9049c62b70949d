import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, patientClientOf } from '../client.js'
import { proofKinds, type TestDatabase } from '../databases.js'
import { adminToken } from '../define-customers.js'
import { type DemoServer, startDemo } from '../demo-server.js'
import { type Account, type Administration, administrationOf, register } from './administration.js'
import { Settled, whileLooking } from './settled.js'

const api = '/api/v1'
const count = rounds({ test: 2, ci: 3, long: 100 })

/** A post that nobody has written: 404 for whoever may delete posts, 403 for everybody else. */
const noPost = '/posts/00000000-0000-7000-8000-000000000000'

describe.each(firstWhereQuick(proofKinds))('a change on one node, seen from another on $name', (kind) => {
  let database: TestDatabase
  let servers: readonly DemoServer[] = []
  let nodes: readonly Client[] = []
  let administrations: readonly Administration[] = []
  let deletePosts: string
  let accounts = 0

  beforeAll(async () => {
    database = await kind.create()
    const environment = { DATABASE_URL: database.url }
    servers = await Promise.all([startDemo(environment), startDemo(environment)])
    nodes = servers.map(({ url }) => patientClientOf(url))
    const bearer = await adminToken(node(0))
    administrations = nodes.map((each) => administrationOf(each, bearer))
    deletePosts = await on(0).permissionId('content:delete')
  })

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await database?.drop()
  })

  /** One of the two, in turn. */
  function node(index: number): Client {
    const found = nodes[index % 2]
    if (found === undefined) throw new Error('there are no nodes')
    return found
  }
  /** Administration by way of one of the two. */
  function on(index: number): Administration {
    const found = administrations[index % 2]
    if (found === undefined) throw new Error('there are no nodes')
    return found
  }
  const someone = (): Promise<Account> => {
    accounts += 1
    return register(node(accounts), `${kind.name}${accounts}`.toLowerCase())
  }

  /** Whether somebody may delete posts, as a node has it. Whatever is neither yes nor no is a mistake. */
  async function mayDelete(index: number, bearer: string): Promise<boolean> {
    const { status } = await node(index).delete(noPost, { bearer })
    if (status !== 404 && status !== 403) throw new Error(`it answered ${status}`)
    return status === 404
  }

  /**
   * Gives and takes a right by one node in turn, and asks the other one first, while both are asked all the time.
   *
   * @returns Answers that were wrong.
   */
  async function giveAndTake(
    { bearer }: Account,
    give: (by: Administration) => Promise<unknown>,
    take: (by: Administration) => Promise<unknown>,
  ): Promise<readonly string[]> {
    const right = new Settled(false)
    const lookAt = (index: number) => () => right.look(`node ${index % 2}`, async () => await mayDelete(index, bearer))
    await whileLooking([lookAt(0), lookAt(1), lookAt(0), lookAt(1)], async () => {
      for (let round = 0; round < count; round += 1) {
        await right.change(true, async () => await give(on(round)))
        await lookAt(round + 1)()
        await right.change(false, async () => await take(on(round + 1)))
        await lookAt(round)()
      }
    })
    return right.wrong
  }

  it('acts at once: a permission of a role', async () => {
    const account = await someone()
    const role = await on(0).createRole('deleters')
    await on(0).assign(account.id, role)
    let grant = ''
    const wrong = await giveAndTake(
      account,
      async (by) => {
        grant = await by.grant(role, deletePosts)
      },
      (by) => by.revoke(grant),
    )
    expect(wrong).toEqual([])
  })

  it('acts at once: a denial', async () => {
    const account = await someone()
    const [allowing, denying] = [await on(0).createRole('allowing'), await on(1).createRole('denying')]
    await on(0).grant(allowing, deletePosts)
    for (const role of [allowing, denying]) await on(0).assign(account.id, role)
    let denial = await on(0).grant(denying, deletePosts, { effect: 'deny' })
    const wrong = await giveAndTake(
      account,
      (by) => by.revoke(denial),
      async (by) => {
        denial = await by.grant(denying, deletePosts, { effect: 'deny' })
      },
    )
    expect(wrong).toEqual([])
  })

  it('acts at once: a role of a user', async () => {
    const account = await someone()
    const role = await on(0).createRole('assigned')
    await on(0).grant(role, deletePosts)
    let assignment = ''
    const wrong = await giveAndTake(
      account,
      async (by) => {
        assignment = await by.assign(account.id, role)
      },
      (by) => by.unassign(assignment),
    )
    expect(wrong).toEqual([])
  })

  it('acts at once: what a role inherits', async () => {
    const account = await someone()
    const [child, parent] = [await on(0).createRole('child'), await on(1).createRole('parent')]
    await on(0).grant(parent, deletePosts)
    await on(0).assign(account.id, child)
    const wrong = await giveAndTake(
      account,
      (by) => by.inherit(child, [parent]),
      (by) => by.inherit(child, []),
    )
    expect(wrong).toEqual([])
  })

  it('acts at once: an API key', async () => {
    const account = await someone()
    for (let round = 0; round < count; round += 1) {
      const { id, key } = await on(round).createKey(account.id)
      const works = new Settled(true)
      const look = (index: number) => () =>
        works.look(`node ${index % 2}`, async () => {
          const { status } = await node(index).get(`${api}/media`, { bearer: key })
          if (status !== 200 && status !== 401) throw new Error(`it answered ${status}`)
          return status === 200
        })
      await look(round + 1)()
      await whileLooking([look(round), look(round + 1)], async () => {
        await works.change(false, async () => await on(round).revokeKey(id))
        await look(round + 1)()
      })
      expect(works.wrong).toEqual([])
    }
  })

  it('acts at once: a user that is disabled', async () => {
    const { id, email, password } = await someone()
    for (let round = 0; round < count; round += 1) {
      const login = await node(round + 1).post(`${api}/auth/login`, { email, password })
      const bearer = login.body['access_token']
      const active = new Settled(true)
      const look = (index: number) => () =>
        active.look(`node ${index % 2}`, async () => {
          const { status } = await node(index).get(`${api}/media`, { bearer })
          if (status !== 200 && status !== 401) throw new Error(`it answered ${status}`)
          return status === 200
        })
      await look(round + 1)()
      await whileLooking([look(round), look(round + 1)], async () => {
        await active.change(false, async () => await on(round).setStatus(id, 'disabled'))
        await look(round + 1)()
      })
      expect(active.wrong).toEqual([])
      expect((await node(round + 1).post(`${api}/auth/login`, { email, password })).status).toBe(401)
      await on(round).setStatus(id, 'active')
    }
  })
})
